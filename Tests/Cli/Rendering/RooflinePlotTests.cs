using Gpu.Cli.Laboratory;
using Gpu.Cli.Rendering;
using Gpu.Engine.Plans;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using NUnit.Framework;
using SkiaSharp;

namespace Gpu.Tests.Cli.Rendering;

internal sealed class RooflinePlotTests
{
    private static readonly SKSize Area = new(1000, 600);

    [TestCase(5, 5)]
    [TestCase(17, 17)]
    [TestCase(40, 20)]
    public void Names_of_crowded_points_cover_nothing(int count, int least)
    {
        var random = new Random(count);
        var lines = new[] { new Segment(new SKPoint(0, 400), new SKPoint(300, 250)), new Segment(new SKPoint(300, 250), new SKPoint(1000, 250)) };
        SKRect[] texts = [SKRect.Create(800, 230, 200, 18)];
        var points = Enumerable.Range(0, count)
            .Select(_ => new NamedPoint(new SKPoint(500 + random.Next(300), 150 + random.Next(200)), 3 + random.Next(12), new SKSize(60 + random.Next(100), 18)))
            .ToList();
        var places = new PointNames(Area, points, texts, lines).Place().OfType<PlacedName>().ToList();
        Assert.That(places, Has.Count.AtLeast(least));
        var names = places.ConvertAll(p => p.Text);
        Assert.Multiple(() =>
        {
            Assert.That(names.Select(n => SKRect.Create(Area).Contains(n)), Is.All.True, "within the plot");
            Assert.That(names.Concat(texts).SelectMany((a, i) => names.Skip(i + 1).Select(a.IntersectsWith)), Is.All.False, "apart from each other");
            Assert.That(names.SelectMany(n => points.Select(p => n.Contains(p.Centre))), Is.All.False, "over no point");
            foreach (var line in lines.Concat(places.Where(p => p.Leader is not null).Select(p => Shortened(p.Leader!.Value))))
            {
                Assert.That(names.Exists(n => Along(line).Any(n.Contains)), Is.False, "over no line");
            }
        });
    }

    [Test]
    public void A_name_that_has_room_is_beside_its_point_without_a_leader()
    {
        var place = new PointNames(Area, [new NamedPoint(new SKPoint(500, 300), 10, new SKSize(80, 20))], [], []).Place().Single();
        Assert.Multiple(() =>
        {
            Assert.That(place!.Value.Leader, Is.Null);
            Assert.That(place.Value.Text.Left, Is.InRange(510, 516));
            Assert.That(place.Value.Text.MidY, Is.EqualTo(300).Within(0.01));
        });
    }

    [Test]
    public void Names_without_room_are_left_out()
    {
        var points = new[] { new NamedPoint(new SKPoint(20, 20), 5, new SKSize(80, 20)) };
        Assert.That(new PointNames(new SKSize(60, 60), points, [], []).Place(), Is.EqualTo(new PlacedName?[] { null }));
    }

    [TestCase(1e12, 5e11, TestName = "Drawn where all layers are bound by arithmetic")]
    [TestCase(1e15, 1e11, TestName = "Drawn where all layers are bound by memory")]
    [TestCase(null, null, TestName = "Drawn without a roof where none is known")]
    public void A_roofline_is_drawn_whatever_the_roofs(double? flops, double? bytes)
    {
        var path = Path.Combine(TestFiles.OutputFolder(), "roofline.svg");
        var layers = new[] { ("conv1/conv1_1", 20L), ("conv1/conv1_2+pool1", 200), ("softmax", 1) }
            .Select(l => new LayerProfile(new LayerTiming(l.Item1, "direct", new OperationCost(l.Item2 * 1_000_000, 1_000_000), TimeSpan.FromMilliseconds(1)), flops, bytes, 1 / 3.0))
            .ToList();
        var title = string.Join(' ', Enumerable.Repeat("a title that needs two lines", 6));
        RooflinePlot.Write(path, title, new NetworkProfile("VGG-16", new DeviceInfo("cpu", DeviceKind.Cpu, "", 0, ""), new DeviceRoofs([]), layers, [], null));
        var text = File.ReadAllText(path);
        Assert.That(text, Does.Contain("conv1_2+pool1").And.Not.Contain("softmax").And.Not.Contain(title));
    }

    /// <summary>Without its ends, which touch the point and its name.</summary>
    private static Segment Shortened(Segment line) => new(Between(line, 0.1f), Between(line, 0.95f));

    private static IEnumerable<SKPoint> Along(Segment line) => Enumerable.Range(0, 501).Select(i => Between(line, i / 500f));

    private static SKPoint Between(Segment line, float part) => new(line.From.X + (part * (line.To.X - line.From.X)), line.From.Y + (part * (line.To.Y - line.From.Y)));
}
