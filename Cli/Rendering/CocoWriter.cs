using System.Text.Json;
using Gpu.Engine.Results;
using Gpu.Loader.Labels;

namespace Gpu.Cli.Rendering;

/// <summary>
/// Prints one document in the format of the data set COCO (Lin et al. 2014; https://cocodataset.org/#format-data), an annotation a
/// connected region. Its segmentation is the region's outline, or, as polygons there have no holes, run lengths of a region around others.
/// </summary>
internal sealed class CocoWriter(TextWriter output, string network, IReadOnlyList<ClassLabel> classes) : AnnotationWriter
{
    private static readonly JsonSerializerOptions Json = new(JsonText.Options) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly List<object> images = [];
    private readonly List<object> annotations = [];

    /// <inheritdoc/>
    public override void Write(AnnotatedImage annotated)
    {
        var map = annotated.Item.Map!;
        images.Add(new { Id = images.Count + 1, FileName = annotated.Item.Path, Width = map.ImageWidth, Height = map.ImageHeight });
        foreach (var region in annotated.Regions)
        {
            annotations.Add(new
            {
                Id = annotations.Count + 1,
                ImageId = images.Count,
                CategoryId = region.Label.Index,
                Bbox = new[] { region.Box.X, region.Box.Y, region.Box.Width, region.Box.Height },
                Area = region.Cells.Count * map.Stride * map.Stride,
                Segmentation = Segmentation(map, region),
                Iscrowd = 0,
                Score = region.Confidence,
            });
        }
    }

    /// <inheritdoc/>
    public override void End() => output.WriteLine(JsonSerializer.Serialize(
        new
        {
            Info = new { Description = $"Dense labels of {network}: a class for every 32-pixel cell, connected cells as one annotation." },
            Images = images,
            Annotations = annotations,
            Categories = classes.Select(c => new { Id = c.Index, c.Name, Supercategory = string.Empty }),
        },
        Json));

    private static object Segmentation(LabelMap map, MapRegion region) => RegionOutline.Trace(region.Cells, map.Cells.Columns) switch
    {
        [var outline] => new[] { outline.SelectMany(p => new[] { map.Offset + (p.Column * map.Stride), map.Offset + (p.Row * map.Stride) }) },
        _ => new { Size = new[] { map.ImageHeight, map.ImageWidth }, Counts = RunLengths(map, region) },
    };

    /// <summary>Lengths of runs outside and inside the region in turn, along the columns of pixels from the upper left corner; the first is outside.</summary>
    private static List<int> RunLengths(LabelMap map, MapRegion region)
    {
        var (cells, counts, end) = (region.Cells.ToHashSet(), new List<int>(), 0);
        for (var x = region.Box.X; x < region.Box.X + region.Box.Width; x++)
        {
            for (var row = 0; row < map.Cells.Rows; row++)
            {
                if (!cells.Contains((row * map.Cells.Columns) + ((x - map.Offset) / map.Stride)))
                {
                    continue;
                }

                var start = (x * map.ImageHeight) + map.Offset + (row * map.Stride);
                if (start == end && counts.Count > 0)
                {
                    counts[^1] += map.Stride;
                }
                else
                {
                    counts.AddRange([start - end, map.Stride]);
                }

                end = start + map.Stride;
            }
        }

        counts.Add((map.ImageWidth * map.ImageHeight) - end);
        return counts;
    }
}
