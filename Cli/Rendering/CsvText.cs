namespace Gpu.Cli.Rendering;

/// <summary>CSV as RFC 4180 has it.</summary>
internal static class CsvText
{
    /// <summary>A field; with a comma, quote or line break it stands in quotes, its quotes doubled.</summary>
    public static string Field(string? text) =>
        text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text!.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text ?? string.Empty;
}
