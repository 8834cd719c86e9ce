using Gpu.Cli.Rendering;
using Gpu.Loader.Images;
using NUnit.Framework;
using SkiaSharp;

namespace Gpu.Tests.Cli.Rendering;

public sealed class OverlayPictureTests
{
    private static readonly SKColor Grey = new(100, 120, 140);
    private static readonly CellMap Map = new(2, 3, [0, 0, 1, 0, 0, 1], ["left", "right"]);

    [Test]
    public void Cells_are_tinted_and_the_margin_is_only_dimmed()
    {
        using var picture = OverlayPicture.Draw(Plain(300, 280), Map, stride: 32, offset: 96, opacity: 0.5f);
        var colours = ClassColours.For(2);
        for (var y = 0; y < 280; y++)
        {
            for (var x = 0; x < 300; x++)
            {
                if (x is < 96 or >= 192 || y is < 96 or >= 160)
                {
                    Assert.That(picture.GetPixel(x, y), Is.EqualTo(new SKColor(50, 60, 70)), $"margin at {x}, {y}");
                }
            }
        }

        Assert.That(picture.GetPixel(96, 96), Is.EqualTo(Half(colours[0])), "the first pixel of the first cell");
        Assert.That(picture.GetPixel(155, 159), Is.EqualTo(Half(colours[0])));
        Assert.That(picture.GetPixel(191, 159), Is.EqualTo(Half(colours[1])), "the last pixel of the last cell");
        Assert.That(picture.GetPixel(160, 120).Green, Is.GreaterThan(220), "the outline between the classes");
        Assert.That(picture.GetPixel(128, 100), Is.EqualTo(Half(colours[0])), "no outline within a class");
    }

    [TestCase(0f)]
    [TestCase(1f)]
    public void Opacity_goes_from_the_photograph_to_the_colours(float opacity)
    {
        using var picture = OverlayPicture.Draw(Plain(96, 64), Map, stride: 32, offset: 0, opacity);
        Assert.That(picture.GetPixel(4, 4), Is.EqualTo(opacity == 0 ? Grey : ClassColours.For(2)[0]));
    }

    [Test]
    public void A_label_a_pixel_covers_the_whole_photograph()
    {
        int[] ids = [.. Enumerable.Range(0, 40 * 60).Select(pixel => pixel % 60 < 30 ? 0 : 1)];
        using var picture = OverlayPicture.Draw(Plain(60, 40), new CellMap(40, 60, ids, ["left", "right"]), stride: 1, offset: 0, opacity: 1);
        var colours = ClassColours.For(2);
        for (var y = 0; y < 40; y++)
        {
            Assert.That(picture.GetPixel(29, y), Is.EqualTo(colours[0]));
            Assert.That(picture.GetPixel(31, y), Is.EqualTo(colours[1]));
        }
    }

    [Test]
    public void The_picture_grows_for_its_legend()
    {
        using var picture = OverlayPicture.Draw(Plain(96, 64), new CellMap(1, 1, [0], [new string('x', 500)]), 32, 0, 0.5f);
        Assert.That(picture.Height, Is.GreaterThan(200));
        Assert.That(Enumerable.Range(0, picture.Height).Select(y => picture.GetPixel(picture.Width - 10, y)), Is.All.EqualTo(SKColors.White));
    }

    [Test]
    public void Cells_beyond_the_photograph_are_refused()
    {
        Assert.That(() => OverlayPicture.Draw(Plain(191, 160), Map, 32, 96, 0.5f), Throws.ArgumentException.With.Message.Contains("3x2 cells of 32 pixels"));
        Assert.That(() => OverlayPicture.Draw(Plain(192, 160), Map, 32, 96, 1.5f), Throws.InstanceOf<ArgumentException>());
    }

    private static SKColor Half(SKColor colour) =>
        new(Level(Grey.Red, colour.Red), Level(Grey.Green, colour.Green), Level(Grey.Blue, colour.Blue));

    private static byte Level(byte first, byte second) => (byte)((first + second + 1) / 2);

    private static RgbImage Plain(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        for (var index = 0; index < pixels.Length; index += 3)
        {
            (pixels[index], pixels[index + 1], pixels[index + 2]) = (Grey.Red, Grey.Green, Grey.Blue);
        }

        return new RgbImage(width, height, pixels);
    }
}
