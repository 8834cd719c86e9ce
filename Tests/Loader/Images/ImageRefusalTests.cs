using System.Text;
using Gpu.Loader.Images;
using NUnit.Framework;

namespace Gpu.Tests.Loader.Images;

public sealed class ImageRefusalTests
{
    private static readonly object[] Recognised =
    [
        new object[] { "RIFF\x10\0\0\0WEBPVP8 ", "is a WebP picture, which is not supported; convert it to PNG or JPEG." },
        new object[] { "\0\0\0\x1C" + "ftypavif\0\0\0\0", "an AVIF picture" },
        new object[] { "\0\0\0\x18" + "ftypheic\0\0\0\0", "a HEIC picture" },
        new object[] { "\0\0\0\x18" + "ftypisom\0\0\0\0", "a video" },
        new object[] { "II*\0\x08\0\0\0\0\0", "a TIFF picture" },
        new object[] { "MM\0*\0\0\0\x08\0\0", "a TIFF picture" },
        new object[] { "%PDF-1.7\n", "a PDF document" },
        new object[] { "<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\">", "an SVG drawing" },
        new object[] { "\n<!DOCTYPE html><html><head>", "an HTML page" },
        new object[] { "version https://git-lfs.github.com/spec/v1\noid sha256:0", "a Git LFS pointer" },
        new object[] { "plain words\n", "a text file" },
        new object[] { "", "is empty" },
        new object[] { "8BPS\0\x01\0\0", "a Photoshop document" },
        new object[] { "P6\n2 2\n255\n\0\0\0\0\0\0\0\0\0\0\0\0", "not a known kind of picture (it starts with 50360A3220320A32)" },
    ];

    [TestCaseSource(nameof(Recognised))]
    public void What_is_not_supported_is_named(string content, string expected)
    {
        var file = Encoding.Latin1.GetBytes(content);
        Assert.That(() => ImageFile.Read(file, "holiday.jpg"),
            Throws.TypeOf<ImageException>().With.Message.StartsWith("holiday.jpg is ").And.Message.Contains(expected));
        using var stream = new MemoryStream(file);
        Assert.That(() => ImageFile.Read(stream, "holiday.jpg"), Throws.TypeOf<ImageException>().With.Message.Contains(expected));
    }

    [Test]
    public void A_PNG_bomb_is_refused_from_its_header()
    {
        var file = File.ReadAllBytes(PictureManifest.Kept("broken/bomb-60000x60000.png"));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => ImageFile.Read(file, "bomb.png"),
            Throws.TypeOf<ImageException>().With.Message.EqualTo("bomb.png declares 60000x60000 pixels, more than the limit of 200000000; scale it down or raise the limit."));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1_000_000));
    }

    [Test]
    public void A_small_PNG_that_inflates_without_end_is_refused()
    {
        var file = new PngWriter(1, 1, 8, 0).Pixels(new byte[8 << 20]).End();
        Assert.That(() => ImageFile.Read(file, "deflated.png"), Throws.TypeOf<ImageException>().With.Message.Contains("far more data than its size calls for"));
    }

    [TestCase(new byte[] { 0x78, 0x9C, 1, 2, 3, 4, 5, 6 })]
    [TestCase(new byte[] { 0x78, 0xBB, 0, 0, 0, 1, 3, 0 })] // Calls for a preset dictionary.
    [TestCase(new byte[] { 0, 0 })]
    public void A_PNG_whose_pixels_cannot_be_inflated_is_refused(byte[] compressed)
    {
        var file = new PngWriter(1, 1, 8, 0).Chunk("IDAT"u8, compressed).End();
        Assert.That(() => ImageFile.Read(file, "damaged.png"), Throws.TypeOf<ImageException>().With.Message.Contains("cannot be inflated"));
    }

    [Test]
    public void A_PNG_with_too_few_pixels_is_refused()
    {
        var file = new PngWriter(2, 2, 8, 0).Pixels(0, 1, 2).End();
        Assert.That(() => ImageFile.Read(file, "short.png"), Throws.TypeOf<ImageException>().With.Message.Contains("ends before its picture is complete"));
    }

    [Test]
    public void A_JPEG_that_declares_more_pixels_than_its_bytes_can_hold_is_refused()
    {
        var file = File.ReadAllBytes(PictureManifest.Kept("good/hopper.jpg"));
        var frame = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        file[frame + 5] = file[frame + 7] = 0x27; // 10112x10112 or so: within the pixel limit.
        Assert.That(() => ImageFile.Read(file, "patched.jpg"), Throws.TypeOf<ImageException>().With.Message.Contains("bytes cannot suffice"));
    }

    [TestCase(0xC9, "arithmetic-coded")]
    [TestCase(0xC3, "lossless")]
    public void Unsupported_JPEG_processes_are_named(int marker, string expected)
    {
        var file = File.ReadAllBytes(PictureManifest.Kept("good/hopper.jpg"));
        file[file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]) + 1] = (byte)marker;
        Assert.That(() => ImageFile.Read(file, "odd.jpg"), Throws.TypeOf<ImageException>().With.Message.Contains(expected));
    }

    [Test]
    public void The_pixel_limit_is_the_callers()
    {
        var path = PictureManifest.Kept("good/tiny-16x16.png");
        Assert.That(ImageFile.Read(path, new ImageReadOptions { MaximumPixels = 256 }).Width, Is.EqualTo(16));
        Assert.That(() => ImageFile.Read(path, new ImageReadOptions { MaximumPixels = 255 }), Throws.TypeOf<ImageException>());
    }

    [Test]
    public void A_file_larger_than_any_picture_within_the_limit_is_not_read()
    {
        var path = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.png");
        try
        {
            using (var file = File.Create(path))
            {
                file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
                file.SetLength(1L << 30);
            }

            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.That(() => ImageFile.Read(path, new ImageReadOptions { MaximumPixels = 1000 }), Throws.TypeOf<ImageException>().With.Message.Contains("is larger than"));
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1_000_000));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    [CancelAfter(60_000)]
    public void Only_ImageException_escapes_from_mutated_pictures()
    {
        var files = Directory.GetFiles(PictureManifest.KeptFolder, "*", SearchOption.AllDirectories)
            .Where(path => Path.GetExtension(path) != ".json" && new FileInfo(path).Length is > 40 and < 16_384)
            .Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToArray();
        var random = new Random(20261123);
        var options = new ImageReadOptions { MaximumPixels = 1_000_000 };
        var (decoded, refused) = (0, 0);
        for (var round = 0; round < 4000; round++)
        {
            var mutated = (byte[])files[random.Next(files.Length)].Clone();
            // Half of the rounds stay in the headers, where a byte matters most.
            var reach = random.Next(2) == 0 ? Math.Min(mutated.Length, 400) : mutated.Length;
            for (var change = random.Next(1, 6); change > 0; change--)
            {
                mutated[random.Next(2, reach)] = random.Next(3) switch { 0 => (byte)random.Next(256), 1 => 0xFF, _ => 0 };
            }

            try
            {
                _ = ImageFile.Read(mutated, "mutated", options);
                decoded++;
            }
            catch (ImageException)
            {
                refused++;
            }
        }

        Assert.That(decoded, Is.GreaterThan(100));
        Assert.That(refused, Is.GreaterThan(100));
    }
}
