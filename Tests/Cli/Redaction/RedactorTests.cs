using Gpu.Cli.Redaction;
using Gpu.Loader.Images;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Redaction;

internal sealed class RedactorTests
{
    private const int Width = 150;
    private const int Height = 110;
    private const int Left = 20;
    private const int Top = 10;
    private const int Side = 64;

    [Test]
    public void Pixels_beyond_region_and_feather_stay([Values] RedactionMode mode, [Values(0, 1, 7, 16)] int feather)
    {
        var photo = Noise(1);
        var redacted = Redactor.Redact(photo, Square(), new RedactionStyle(mode, 0.25, feather));
        for (var pixel = 0; pixel < Width * Height; pixel++)
        {
            if (Beyond(pixel) > feather)
            {
                Assert.That(Pixel(redacted, pixel), Is.EqualTo(Pixel(photo, pixel)), $"{pixel % Width}, {pixel / Width}");
            }
        }
    }

    /// <summary>What else than the means of the blocks were in the result would differ between two pictures that have the same means.</summary>
    [TestCase(RedactionMode.Blur)]
    [TestCase(RedactionMode.Pixelate)]
    public void Nothing_remains_but_the_means_of_blocks(RedactionMode mode)
    {
        const int block = Side / 4;
        var photo = Noise(2);
        var shuffled = photo.Pixels.ToArray();
        for (var y = Top; y < Top + Side; y++)
        {
            for (var x = Left; x < Left + Side; x++)
            {
                // Every block is turned by half a turn.
                var (blockX, blockY) = ((x - Left) / block, (y - Top) / block);
                var from = ((Top + (blockY * block) + block - 1 - ((y - Top) % block)) * Width) + Left + (blockX * block) + block - 1 - ((x - Left) % block);
                photo.Pixels.Span.Slice(from * 3, 3).CopyTo(shuffled.AsSpan(((y * Width) + x) * 3));
            }
        }

        var style = new RedactionStyle(mode, 0.25, 0);
        var (first, second) = (Redactor.Redact(photo, Square(), style), Redactor.Redact(new RgbImage(Width, Height, shuffled), Square(), style));
        Assert.That(shuffled, Is.Not.EqualTo(photo.Pixels.ToArray()));
        Assert.That(first.Pixels.ToArray(), Is.EqualTo(second.Pixels.ToArray()));
        if (mode == RedactionMode.Pixelate)
        {
            var colours = Enumerable.Range(0, Width * Height).Where(p => Beyond(p) == 0).Select(p => Convert.ToHexString(Pixel(first, p))).Distinct();
            Assert.That(colours.Count(), Is.LessThanOrEqualTo(16));
        }
    }

    [Test]
    public void Fill_is_black_and_feathered_beyond_the_region_only([Values(0, 9)] int feather)
    {
        var redacted = Redactor.Redact(Plain(200), Square(), new RedactionStyle(RedactionMode.Fill, 1, feather));
        for (var pixel = 0; pixel < Width * Height; pixel++)
        {
            var value = Pixel(redacted, pixel)[0];
            Assert.That(value, Beyond(pixel) == 0 ? Is.Zero : Is.GreaterThan(0));
        }

        var row = Enumerable.Range(Left + Side, 20).Select(x => Pixel(redacted, ((Top + 30) * Width) + x)[0]).ToList();
        Assert.That(row, Is.Ordered);
        Assert.That(row[feather], Is.EqualTo(200));
    }

    [Test]
    public void Blur_has_the_colours_of_what_it_covers([Values] bool isAtTheEdge)
    {
        var region = isAtTheEdge ? [.. Enumerable.Repeat(1, Width * Height)] : Square();
        var redacted = Redactor.Redact(Plain(77), region, new RedactionStyle(RedactionMode.Blur, 0.3, 16));
        Assert.That(redacted.Pixels.ToArray(), Is.All.EqualTo(77));
    }

    [Test]
    public void The_opacity_is_one_within_and_zero_beyond_the_feather()
    {
        const int rows = 30;
        const int columns = 41;
        const int feather = 8;
        var random = new Random(3);
        var region = Enumerable.Range(0, 5).Select(_ => (Row: random.Next(rows), Column: random.Next(columns))).ToHashSet();
        var opacity = SoftMask.Of(region, rows, columns, feather);
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                var distance = region.Min(p => Math.Max(Math.Abs(p.Row - row), Math.Abs(p.Column - column)));
                var value = opacity[(row * columns) + column];
                Assert.That(value, distance == 0 ? Is.EqualTo(1) : distance > feather ? Is.Zero : Is.InRange(0, 1));
            }
        }
    }

    private static int[] Square() => [.. Enumerable.Range(0, Width * Height).Select(p => Beyond(p) == 0 ? 1 : 0)];

    /// <summary>Pixels from the square, by the longer way along an axis.</summary>
    private static int Beyond(int pixel)
    {
        var (x, y) = (pixel % Width, pixel / Width);
        return Math.Max(Math.Max(Left - x, x - (Left + Side - 1)), Math.Max(Math.Max(Top - y, y - (Top + Side - 1)), 0));
    }

    private static byte[] Pixel(RgbImage image, int pixel) => image.Pixels.Slice(pixel * 3, 3).ToArray();

    private static RgbImage Noise(int seed)
    {
        var pixels = new byte[Width * Height * 3];
        new Random(seed).NextBytes(pixels);
        return new RgbImage(Width, Height, pixels);
    }

    private static RgbImage Plain(byte value) => new(Width, Height, [.. Enumerable.Repeat(value, Width * Height * 3)]);
}
