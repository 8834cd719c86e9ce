using Gpu.Engine.Results;
using Gpu.Loader.Labels;

namespace Gpu.Cli.Rendering;

/// <summary>A labelled picture and what of its labels counts as an object.</summary>
/// <param name="Item">The picture and its map.</param>
/// <param name="Objects">The classes present, each with all its regions as one, by class.</param>
/// <param name="Regions">Their connected regions, by class and then in reading order.</param>
internal sealed record AnnotatedImage(LabelledImage Item, IReadOnlyList<MapRegion> Objects, IReadOnlyList<MapRegion> Regions)
{
    /// <summary>Finds the objects of a labelled picture.</summary>
    /// <param name="item">The picture with its map.</param>
    /// <param name="classes">The classes that count, or null for all.</param>
    /// <param name="minimumConfidence">Cells below do not count.</param>
    /// <param name="minimumShare">Regions with less of the picture's area do not count.</param>
    public static AnnotatedImage Of(LabelledImage item, IReadOnlyList<ClassLabel>? classes, double minimumConfidence, double minimumShare)
    {
        return new AnnotatedImage(
            item, Wanted(item.Map!.Objects(minimumConfidence, minimumShare)), Wanted(item.Map.Regions(minimumConfidence, minimumShare)));

        IReadOnlyList<MapRegion> Wanted(IReadOnlyList<MapRegion> regions) =>
            classes is null ? regions : [.. regions.Where(r => classes.Contains(r.Label))];
    }
}
