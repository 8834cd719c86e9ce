namespace Gpu.Cli.Commands;

/// <summary>How results are printed.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>One JSON document.</summary>
    Json,

    /// <summary>One row per prediction, with a header.</summary>
    Csv,
}
