using Gpu.Engine.Results;
using Gpu.Loader.Labels;
using NUnit.Framework;

namespace Gpu.Tests.Engine.Results;

internal sealed class MapRegionTests
{
    private const int Bus = 779;
    private const int Pot = 738;
    private const int Taxi = 468;

    private static readonly int[] Indices =
    [
        Pot, Pot, Taxi, Taxi, Taxi,
        Bus, Pot, Taxi, Bus, Bus,
        Pot, Bus, Taxi, Bus, Bus,
    ];

    private static readonly LabelMap Map = new(
        480, 360, 32, 96, new ClassMap(3, 5, Indices, ClassLabels.ImageNet), [.. Enumerable.Range(0, 15).Select(i => (i + 1) / 16f)], null);

    [Test]
    public void Regions_are_cells_that_touch_at_their_sides() => Assert.That(
        Map.Regions().Select(r => (r.Label.Index, string.Join(' ', r.Cells.Order()))),
        Is.EqualTo(new[] { (Taxi, "2 3 4 7 12"), (Pot, "0 1 6"), (Pot, "10"), (Bus, "5"), (Bus, "8 9 13 14"), (Bus, "11") }));

    [Test]
    public void A_region_is_described_in_pixels_of_the_picture()
    {
        var region = Map.Regions().Single(r => r.Cells.Count == 4);
        Assert.Multiple(() =>
        {
            Assert.That(region.Label.Name, Is.EqualTo("school bus"));
            Assert.That(region.Regions, Is.EqualTo(1));
            Assert.That(region.Confidence, Is.EqualTo((9 + 10 + 14 + 15) / 64.0).Within(1e-9));
            Assert.That(region.Share, Is.EqualTo(4 * 32 * 32 / (480.0 * 360)).Within(1e-12));
            Assert.That(region.Box, Is.EqualTo(new PixelBox(192, 128, 64, 64)));
            Assert.That((region.X, region.Y), Is.EqualTo((224.0, 160.0)));
            Assert.That(region.Position.ToString(), Is.EqualTo("center"));
        });
    }

    [Test]
    public void Objects_are_the_regions_of_a_class_as_one()
    {
        var objects = Map.Objects();
        Assert.Multiple(() =>
        {
            Assert.That(objects.Select(o => (o.Label.Index, o.Regions, o.Cells.Count)), Is.EqualTo(new[] { (Taxi, 1, 5), (Pot, 2, 4), (Bus, 3, 6) }));
            Assert.That(objects[1].Box, Is.EqualTo(new PixelBox(96, 96, 64, 96)));
            Assert.That(objects[1].Cells, Is.EqualTo(new[] { 0, 1, 6, 10 }));
        });
    }

    [Test]
    public void Small_regions_count_for_nothing()
    {
        const double twoCells = 2 * 32 * 32 / (480.0 * 360);
        Assert.That(Map.Regions(0, twoCells).Select(r => r.Cells.Count), Is.EqualTo(new[] { 5, 3, 4 }));
        Assert.That(Map.Objects(0, twoCells).Select(o => (o.Label.Index, o.Regions)), Is.EqualTo(new[] { (Taxi, 1), (Pot, 1), (Bus, 1) }));
    }

    [Test]
    public void Cells_of_little_confidence_belong_to_nothing() => Assert.That(
        Map.Objects(0.5).Select(o => (o.Label.Index, string.Join(' ', o.Cells))),
        Is.EqualTo(new[] { (Taxi, "7 12"), (Pot, "10"), (Bus, "8 9 11 13 14") }));

    [TestCase(0, 0, "top-left")]
    [TestCase(50, 10, "top")]
    [TestCase(100, 10, "top-right")]
    [TestCase(10, 50, "left")]
    [TestCase(50, 50, "center")]
    [TestCase(67, 65, "right")]
    [TestCase(10, 67, "bottom-left")]
    [TestCase(50, 100, "bottom")]
    [TestCase(99, 99, "bottom-right")]
    public void Thirds_of_the_picture_have_names(double x, double y, string words) =>
        Assert.That(PicturePosition.Of(x * 3, y * 2, 300, 200).ToString(), Is.EqualTo(words));

    [Test]
    public void Values_that_fill_no_rows_are_refused() => Assert.That(() => ConnectedRegions.Find([1, 2, 3], 2), Throws.ArgumentException);
}
