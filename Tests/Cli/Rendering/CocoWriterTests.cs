using System.Text.Json;
using Gpu.Cli.Rendering;
using Gpu.Engine.Results;
using Gpu.Loader.Labels;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Rendering;

internal sealed class CocoWriterTests
{
    private const int Columns = 4;
    private static readonly ClassLabel[] Labels = [new(0, null, "ring"), new(1, null, "other")];

    private static readonly int[] Indices =
    [
        0, 0, 0, 1,
        0, 1, 0, 0,
        0, 0, 0, 0,
    ];

    /// <summary>COCO's own reading of run lengths: down the columns of pixels, beginning outside.</summary>
    [Test]
    public void A_region_around_another_has_the_run_lengths_of_its_pixels()
    {
        const int offset = 3;
        const int stride = 2;
        var map = new LabelMap(13, 11, stride, offset, new ClassMap(3, Columns, Indices, Labels), [.. Enumerable.Repeat(0.5f, Indices.Length)], null);
        using var output = new StringWriter();
        var writer = new CocoWriter(output, "VGG-16", Labels);
        writer.Write(AnnotatedImage.Of(new LabelledImage("a.png", null, map, TimeSpan.Zero, null), null, 0, 0));
        writer.End();
        var annotations = JsonDocument.Parse(output.ToString()).RootElement.GetProperty("annotations");
        var segmentation = annotations[0].GetProperty("segmentation");
        Assert.That(segmentation.GetProperty("size").EnumerateArray().Select(s => s.GetInt32()), Is.EqualTo(new[] { 11, 13 }));
        var pixels = segmentation.GetProperty("counts").EnumerateArray().SelectMany((c, i) => Enumerable.Repeat(i % 2 == 1, c.GetInt32())).ToList();
        Assert.That(pixels, Is.EqualTo(
            from x in Enumerable.Range(0, 13)
            from y in Enumerable.Range(0, 11)
            select x is >= offset and < offset + (Columns * stride) && y is >= offset and < offset + (3 * stride)
                && Indices[((y - offset) / stride * Columns) + ((x - offset) / stride)] == 0));
        Assert.That(
            annotations[1].GetProperty("segmentation")[0].EnumerateArray().Select(p => p.GetInt32()),
            Is.EqualTo(new[] { 9, 3, 11, 3, 11, 5, 9, 5 }), "the other without a hole is a polygon");
    }
}
