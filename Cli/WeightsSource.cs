using Gpu.Loader.Checkpoints;

namespace Gpu.Cli;

/// <summary>Which weights serve: those named, those in the cache folder, or the bundled thin network.</summary>
/// <param name="Path">Checkpoint.</param>
/// <param name="Labels">Labels that belong to it, or null for the default.</param>
/// <param name="Notice">What to tell the user about the choice, or null.</param>
internal sealed record WeightsSource(string Path, string? Labels, string? Notice)
{
    /// <summary>The bundled network's folder, beside the program.</summary>
    public static string BundledFolder => System.IO.Path.Combine(AppContext.BaseDirectory, "Bundled");

    /// <summary>The bundled network.</summary>
    public static WeightsSource Bundled { get; } = new(
        System.IO.Path.Combine(BundledFolder, "vgg_16_thin.ckpt"),
        System.IO.Path.Combine(BundledFolder, "labels.txt"),
        $"""
        Using the bundled thin VGG-16 (28 classes of Caltech-101). For the 1000 classes of ImageNet run 'weights-tools fetch', which
        puts {WeightsCache.Vgg16Path} there, or name a checkpoint with --weights or $VGG_WEIGHTS.
        """);

    /// <summary>Chooses, in the order above.</summary>
    public static WeightsSource Find(string? named)
    {
        if (named is not null)
        {
            return new WeightsSource(named, null, null);
        }

        return File.Exists(WeightsCache.Vgg16Path)
            ? new WeightsSource(WeightsCache.Vgg16Path, null, $"Using {WeightsCache.Vgg16Path}.")
            : Bundled;
    }
}
