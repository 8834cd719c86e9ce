using Gpu.Cli.Rendering;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Rendering;

public sealed class CellMapTests
{
    [Test]
    public void Thinning_keeps_every_second_cell()
    {
        var map = new CellMap(3, 5, [.. Enumerable.Range(0, 15)], []).Thinned(2);
        Assert.That((map.Rows, map.Columns), Is.EqualTo((2, 3)));
        Assert.That(map.Ids, Is.EqualTo(new[] { 0, 2, 4, 10, 12, 14 }));
    }

    [Test]
    public void Each_region_has_its_number_on_a_cell_of_its_own()
    {
        var map = new CellMap(3, 4, [
            0, 0, 0, 1,
            0, 1, 0, 1,
            0, 0, 0, 0], ["ring", "other"]);
        var centres = CellRegions.Centres(map).ToList();
        Assert.That(centres.Select(centre => centre.Id), Is.EqualTo(new[] { 0, 1, 1 }));
        Assert.That(centres.Select(centre => map.Ids[(centre.Row * 4) + centre.Column]), Is.EqualTo(new[] { 0, 1, 1 }));
        Assert.That((centres[2].Row, centres[2].Column), Is.EqualTo((1, 1)));
    }
}
