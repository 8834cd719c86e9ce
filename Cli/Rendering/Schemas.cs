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

    /// <summary>The objects of a picture.</summary>
    public const string Annotate = "vgg.annotate/1";

    /// <summary>A labelled picture.</summary>
    public const string Label = "vgg.label/1";

    /// <summary>What indexing has done.</summary>
    public const string Index = "vgg.index/1";

    /// <summary>A picture that was found.</summary>
    public const string Find = "vgg.find/1";

    /// <summary>The program and the machine.</summary>
    public const string Version = "vgg.version/1";

    /// <summary>A measured workload.</summary>
    public const string Bench = "vgg.bench/1";

    /// <summary>Two measurements of a workload, compared.</summary>
    public const string Compare = "vgg.compare/1";

    /// <summary>The measured limits of a device.</summary>
    public const string Roofs = "vgg.roofs/1";

    /// <summary>A run, layer by layer.</summary>
    public const string Profile = "vgg.profile/1";

    /// <summary>An algorithm or a kernel.</summary>
    public const string Kernel = "vgg.kernel/1";

    /// <summary>What was redacted in a picture.</summary>
    public const string Redact = "vgg.redact/1";
}
