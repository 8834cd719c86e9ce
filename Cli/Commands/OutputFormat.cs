using System.CommandLine;

namespace Gpu.Cli.Commands;

/// <summary>How results are printed.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>One JSON document.</summary>
    Json,

    /// <summary>A JSON object a line, each as soon as it is known.</summary>
    Jsonl,

    /// <summary>Rows with a header, as RFC 4180 has them.</summary>
    Csv,

    /// <summary>A table in Markdown.</summary>
    Markdown,
}

/// <summary>The option of how results are printed.</summary>
internal static class FormatOption
{
    /// <summary>Makes the option for a command that knows some of the formats, the first by default.</summary>
    public static Option<OutputFormat> Create(params OutputFormat[] formats)
    {
        string[] names = [.. formats.Select(f => f.ToString().ToLowerInvariant())];
        var option = new Option<OutputFormat>("--format", "-f")
        {
            Description = "How results are printed.",
            DefaultValueFactory = _ => formats[0],
        };
        option.AcceptOnlyFromAmong(names);
        return option;
    }
}
