using Gpu.Cli.Rendering;
using Gpu.Engine.Results;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Rendering;

internal sealed class RegionOutlineTests
{
    [Test]
    public void A_rectangle_has_four_corners_clockwise() => Assert.That(
        RegionOutline.Trace([6, 7, 8, 11, 12, 13], columns: 5),
        Is.EqualTo(new[] { new[] { (1, 1), (1, 4), (3, 4), (3, 1) } }));

    [Test]
    public void A_ring_has_an_outer_and_an_inner_outline() => Assert.That(
        RegionOutline.Trace([0, 1, 2, 3, 5, 6, 7, 8], columns: 3),
        Is.EqualTo(new[] { new[] { (0, 0), (0, 3), (3, 3), (3, 0) }, [(1, 1), (2, 1), (2, 2), (1, 2)] }));

    /// <summary>Areas by the shoelace formula: outer outlines are positive, holes negative.</summary>
    [Test]
    public void Outlines_enclose_as_much_as_the_cells_of_random_regions()
    {
        const int columns = 9;
        var random = new Random(5);
        for (var turn = 0; turn < 200; turn++)
        {
            int[] values = [.. Enumerable.Range(0, 7 * columns).Select(_ => random.Next(2))];
            foreach (var region in ConnectedRegions.Find(values, columns))
            {
                var outlines = RegionOutline.Trace(region, columns);
                Assert.That(outlines.Sum(Area), Is.EqualTo(region.Count));
                Assert.That(outlines.Count(o => Area(o) > 0), Is.EqualTo(1), "a connected region has one outer outline");
                Assert.That(outlines.SelectMany(Sides).All(s => s.Row == 0 != (s.Column == 0)), "sides are horizontal or vertical in turn");
            }
        }
    }

    private static double Area(IReadOnlyList<(int Row, int Column)> polygon) => polygon
        .Zip(polygon.Skip(1).Append(polygon[0]), (a, b) => ((a.Column * b.Row) - (b.Column * a.Row)) / 2.0).Sum();

    private static IEnumerable<(int Row, int Column)> Sides(IReadOnlyList<(int Row, int Column)> polygon) =>
        polygon.Zip(polygon.Skip(1).Append(polygon[0]), (a, b) => (b.Row - a.Row, b.Column - a.Column));
}
