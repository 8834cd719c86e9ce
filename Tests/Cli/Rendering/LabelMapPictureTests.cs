using Gpu.Cli.Rendering;
using NUnit.Framework;
using SkiaSharp;

namespace Gpu.Tests.Cli.Rendering;

public sealed class LabelMapPictureTests
{
    private const int Padding = 18;

    private static readonly string LongName = string.Join(", ", Enumerable.Repeat("great white shark", 12));

    [Test]
    public void Each_cell_has_the_colour_of_its_class()
    {
        var map = Stripes(18, 26, 16);
        using var picture = LabelMapPicture.Draw(map);
        var (area, side) = (LabelMapPicture.MapArea(map), LabelMapPicture.CellSide(map));
        Assert.That((side, area.Width, area.Height), Is.EqualTo((32, 26 * 32, 18 * 32)));
        var colours = ClassColours.For(16);
        for (var cell = 0; cell < map.Ids.Length; cell++)
        {
            // A place away from the number in the middle and from the outlines.
            var (x, y) = (area.Left + (cell % 26 * side) + 4, area.Top + (cell / 26 * side) + 4);
            Assert.That(picture.GetPixel(x, y), Is.EqualTo(colours[map.Ids[cell]]), $"cell {cell}");
        }
    }

    [TestCase(1, 1, 1)]
    [TestCase(3, 5, 4)]
    [TestCase(18, 26, 40)]
    [TestCase(40, 20, 400)]
    [TestCase(500, 700, 20)]
    public void Nothing_is_cut_at_the_edges(int rows, int columns, int classes)
    {
        using var picture = LabelMapPicture.Draw(Stripes(rows, columns, classes, LongName));
        var pixels = picture.Pixels;
        for (var place = 0; place < pixels.Length; place++)
        {
            var (y, x) = Math.DivRem(place, picture.Width);
            if (x < Padding || y < Padding || x >= picture.Width - Padding || y >= picture.Height - Padding)
            {
                Assert.That(pixels[place], Is.EqualTo(SKColors.White), $"{x}, {y}");
            }
        }
    }

    [Test]
    public void The_legend_shows_each_colour_beside_a_name()
    {
        var map = Stripes(2, 7, 14, "word");
        using var picture = LabelMapPicture.Draw(map);
        var right = LabelMapPicture.MapArea(map).Right;
        var beside = Enumerable.Range(right + 10, picture.Width - right - 10)
            .SelectMany(x => Enumerable.Range(0, picture.Height).Select(y => picture.GetPixel(x, y))).ToList();
        foreach (var colour in ClassColours.For(14))
        {
            Assert.That(beside.Count(pixel => pixel == colour), Is.GreaterThan(100));
        }

        Assert.That(beside.Count(pixel => pixel is { Red: < 60, Green: < 60, Blue: < 60 }), Is.GreaterThan(14 * 20), "ink of the names");
    }

    [Test]
    public void Long_names_are_broken_into_lines()
    {
        using var brief = LabelMapPicture.Draw(Stripes(2, 2, 2, "shark"));
        using var lengthy = LabelMapPicture.Draw(Stripes(2, 2, 2, LongName));
        using var unbroken = LabelMapPicture.Draw(Stripes(2, 2, 2, new string('x', 300)));
        Assert.That(lengthy.Width, Is.GreaterThan(brief.Width).And.LessThan(brief.Width + 300));
        Assert.That(lengthy.Height, Is.GreaterThan(brief.Height));
        Assert.That(unbroken.Width, Is.LessThan(brief.Width + 300));
    }

    [Test]
    public void A_map_of_pixels_is_drawn_pixel_by_pixel()
    {
        var map = Stripes(1000, 1500, 3);
        using var picture = LabelMapPicture.Draw(map);
        var area = LabelMapPicture.MapArea(map);
        Assert.That((area.Width, area.Height), Is.EqualTo((1500, 1000)));
        Assert.That(picture.GetPixel(area.Left + 700, area.Top + 333), Is.EqualTo(ClassColours.For(3)[map.Ids[(333 * 1500) + 700]]));
    }

    [Test]
    public void A_huge_map_gives_a_picture_of_bounded_size()
    {
        using var picture = LabelMapPicture.Draw(Stripes(100, 20_000, 3));
        Assert.That(picture.Width, Is.GreaterThan(4000).And.LessThan(5000));
    }

    /// <summary>A map whose cells go through the classes one after the other.</summary>
    private static CellMap Stripes(int rows, int columns, int classes, string name = "name")
    {
        int[] ids = [.. Enumerable.Range(0, rows * columns).Select(cell => cell * 7 / 2 % classes)];
        return new CellMap(rows, columns, ids, [.. Enumerable.Repeat(name, classes)]);
    }
}
