namespace Gpu.Cli.Commands;

/// <summary>How annotations are printed.</summary>
internal enum AnnotationFormat
{
    /// <summary>For people.</summary>
    Text,

    /// <summary>One JSON document.</summary>
    Json,

    /// <summary>A JSON object a picture, each on a line as soon as it is known.</summary>
    Jsonl,

    /// <summary>A row an object.</summary>
    Csv,

    /// <summary>The JSON of the data set COCO, which tools for annotations and training read.</summary>
    Coco,
}
