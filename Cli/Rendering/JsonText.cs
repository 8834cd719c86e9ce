using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gpu.Cli.Rendering;

/// <summary>JSON as every command prints it: camel case, names readable, two spaces deep.</summary>
internal static class JsonText
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    public static string Serialize<T>(T value) => JsonSerializer.Serialize(value, Options);
}
