using Gpu.Cli.Rendering;
using Gpu.Engine.Results;
using Gpu.Loader.Images;
using Gpu.Loader.Labels;
using NUnit.Framework;
using SkiaSharp;

namespace Gpu.Tests.Cli.Rendering;

/// <summary>
/// Drawn pictures beside those in Tests/Data/golden/drawn, which a person has looked at. After a deliberate change look at the file
/// that the failing test names, and copy it over the golden one.
/// </summary>
internal sealed class GoldenPictureTests
{
    /// <summary>Mean difference of levels: edges of letters differ a little between systems.</summary>
    private const double Tolerance = 1;

    private static readonly string[] LongNames =
        [.. Enumerable.Range(0, 30).Select(i => i % 3 == 0 ? $"class {i}, which has synonyms, and a description that needs another line" : $"class {i}")];

    private static IEnumerable<TestCaseData> Pictures =>
    [
        Case("map-30-classes", () => LabelMapPicture.Draw(Cells(5, 9, LongNames))),
        Case("map-tall", () => LabelMapPicture.Draw(Cells(60, 2, LongNames[..9]))),
        Case("map-one-class-of-three", () => LabelMapPicture.Draw(new CellMap(3, 5, [0, 0, -1, -1, -1, 0, -1, -1, 0, -1, -1, -1, -1, -1, -1], ["stop sign"]))),
        Case("overlay-odd", () => OverlayPicture.Draw(Photo(229, 135), Cells(4, 7, LongNames[..3]), 32, 0, 0.5f)),
        Case("overlay-wide", () => OverlayPicture.Draw(Photo(900, 37), Cells(1, 28, LongNames[..12]), 32, 0, 0.5f)),
        Case("annotated", () => AnnotatedPicture.Draw(Photo(320, 192), Regions(Cells(6, 10, LongNames[..8])))),
    ];

    [TestCaseSource(nameof(Pictures))]
    public void A_picture_is_drawn_as_the_golden_one(string name, Func<SKBitmap> draw)
    {
        using var picture = draw();
        var file = Path.Combine(TestFiles.OutputFolder(), $"{name}.png");
        PictureFile.Save(picture, file);
        var (actual, expected) = (ImageFile.Read(file), ImageFile.Read(TestFiles.Data("golden", "drawn", $"{name}.png")));
        Assert.That((actual.Width, actual.Height), Is.EqualTo((expected.Width, expected.Height)), file);
        var (first, second) = (actual.Pixels.ToArray(), expected.Pixels.ToArray());
        Assert.That(first.Zip(second, (a, b) => Math.Abs(a - b)).Average(), Is.LessThan(Tolerance), file);
    }

    private static TestCaseData Case(string name, Func<SKBitmap> draw) => new TestCaseData(name, draw).SetArgDisplayNames(name);

    /// <summary>Classes in patches of two by two cells.</summary>
    private static CellMap Cells(int rows, int columns, string[] names) => new(
        rows, columns, [.. Enumerable.Range(0, rows * columns).Select(c => ((c / columns / 2 * 7) + (c % columns / 2 * 5)) % names.Length)], names);

    private static IReadOnlyList<MapRegion> Regions(CellMap cells)
    {
        ClassLabel[] labels = [.. cells.Names.Select((name, i) => new ClassLabel(i, null, name))];
        return new LabelMap(320, 192, 32, 0, new ClassMap(cells.Rows, cells.Columns, cells.Ids, labels), [.. cells.Ids.Select(id => 0.3f + (id / 20f))], null).Regions();
    }

    /// <summary>Diagonal waves from dark to light.</summary>
    private static RgbImage Photo(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (x, y) = (i / 3 % width, i / 3 / width);
            pixels[i] = (byte)(128 + (110 * Math.Sin((x + (2 * y) + (40 * (i % 3))) / 37.0)));
        }

        return new RgbImage(width, height, pixels);
    }
}
