namespace Gpu.Cli.Rendering;

/// <summary>Tables in Markdown.</summary>
internal static class MarkdownText
{
    /// <summary>A cell's text: what would end the cell, the row or begin something else is escaped.</summary>
    public static string Cell(string text) => string.Concat(text.Select(c => c switch
    {
        '|' or '\\' or '*' or '_' or '`' or '<' or '[' => $"\\{c}",
        '\r' or '\n' => " ",
        _ => $"{c}",
    }));
}
