namespace Gpu.Cli.Rendering;

/// <summary>
/// The names of what commands print as JSON, the first property of each object; docs/output.md describes them. The number grows
/// when a property goes or changes its meaning, not when one is added.
/// </summary>
internal static class Schemas
{
    /// <summary>A classified picture.</summary>
    public const string Classify = "vgg.classify/1";

    /// <summary>How often a network was right.</summary>
    public const string Eval = "vgg.eval/1";

    /// <summary>The network that a checkpoint holds.</summary>
    public const string Inspect = "vgg.inspect/1";

    /// <summary>A labelled picture.</summary>
    public const string Label = "vgg.label/1";

    /// <summary>The program and the machine.</summary>
    public const string Version = "vgg.version/1";
}
