using System.CommandLine;

namespace Gpu.Cli.Commands;

/// <summary>How results are printed.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>For people, a row for each.</summary>
    Table,

    /// <summary>One JSON document.</summary>
    Json,

    /// <summary>A JSON object a line, each as soon as it is known.</summary>
    Jsonl,

    /// <summary>Rows with a header, as RFC 4180 has them.</summary>
    Csv,

    /// <summary>A table in Markdown.</summary>
    Markdown,

    /// <summary>The files' paths, one a line.</summary>
    Paths,
}

/// <summary>The option of how results are printed.</summary>
internal static class FormatOption
{
    /// <summary>Makes the option for a command that knows some of the formats, the first by default.</summary>
    public static Option<T> Create<T>(params T[] formats)
        where T : struct, Enum
    {
        string[] names = [.. formats.Select(f => $"{f}".ToLowerInvariant())];
        var option = new Option<T>("--format", "-f")
        {
            Description = "How results are printed.",
            DefaultValueFactory = _ => formats[0],
        };
        option.AcceptOnlyFromAmong(names);
        return option;
    }
}
