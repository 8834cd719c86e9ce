using Gpu.Loader.Images;
using NUnit.Framework;

namespace Gpu.Tests.Loader.Images;

public sealed class PixelConversionTests
{
    [Test]
    public void Transparent_pixels_lie_over_white()
    {
        var file = new PngWriter(3, 1, 8, 6).Pixels(0, 10, 20, 30, 255, 10, 20, 30, 0, 100, 200, 50, 128).End();
        // 255 + (level - 255) * 128 / 255, rounded.
        Assert.That(ImageFile.Read(file, "alpha.png").Pixels.ToArray(), Is.EqualTo(new byte[] { 10, 20, 30, 255, 255, 255, 177, 227, 152 }));
    }

    [Test]
    public void Grey_with_alpha_becomes_RGB_over_white()
    {
        var file = new PngWriter(2, 1, 8, 4).Pixels(0, 100, 255, 100, 0).End();
        Assert.That(ImageFile.Read(file, "grey-alpha.png").Pixels.ToArray(), Is.EqualTo(new byte[] { 100, 100, 100, 255, 255, 255 }));
    }

    [Test]
    public void A_transparent_colour_shows_white()
    {
        var file = new PngWriter(2, 1, 8, 2).Chunk("tRNS"u8, [0, 1, 0, 2, 0, 3]).Pixels(0, 1, 2, 3, 4, 5, 6).End();
        Assert.That(ImageFile.Read(file, "key.png").Pixels.ToArray(), Is.EqualTo(new byte[] { 255, 255, 255, 4, 5, 6 }));
    }

    [Test]
    public void Sixteen_bits_keep_their_upper_eight()
    {
        var file = new PngWriter(1, 2, 16, 0).Pixels(0, 0x12, 0xFF, 0, 0xAB, 0x00).End();
        Assert.That(ImageFile.Read(file, "deep.png").Pixels.ToArray(), Is.EqualTo(new byte[] { 0x12, 0x12, 0x12, 0xAB, 0xAB, 0xAB }));
    }

    [Test]
    public void One_bit_becomes_black_and_white()
    {
        var file = new PngWriter(3, 1, 1, 0).Pixels(0, 0b1010_0000).End();
        Assert.That(ImageFile.Read(file, "bits.png").Pixels.ToArray(), Is.EqualTo(new byte[] { 255, 255, 255, 0, 0, 0, 255, 255, 255 }));
    }
}
