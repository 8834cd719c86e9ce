using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gpu.Cli.Rendering;

/// <summary>JSON as every command prints it: camel case, names readable, two spaces deep or on one line.</summary>
internal static class JsonText
{
    /// <summary>What the commands' JSON has in common.</summary>
    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    private static readonly JsonSerializerOptions OnOneLine = new(Options) { WriteIndented = false };

    public static string Serialize<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <summary>As a line of JSON Lines.</summary>
    public static string SerializeLine<T>(T value) => JsonSerializer.Serialize(value, OnOneLine);
}
