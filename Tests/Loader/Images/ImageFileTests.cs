using System.IO.Compression;
using System.Security.Cryptography;
using Gpu.Loader.Images;
using NUnit.Framework;

namespace Gpu.Tests.Loader.Images;

public sealed class ImageFileTests
{
    /// <summary>JPEG decoders differ in their cosine transform and chroma filter; the means of whole pictures differ by up to 0.10 here.</summary>
    private const double JpegMeanTolerance = 0.2;

    private static readonly ImageReadOptions AsStored = new() { ApplyOrientation = false };

    [TestCaseSource(typeof(PictureManifest), nameof(PictureManifest.Good))]
    public void A_good_picture_has_the_size_and_colours_that_another_decoder_finds(TestPicture picture)
    {
        var image = ImageFile.Read(picture.Path, AsStored);
        if (picture.Width is not null)
        {
            Assert.That((image.Width, image.Height), Is.EqualTo((picture.Width, picture.Height)));
        }

        if (picture.HasAlpha)
        {
            return;
        }

        if (picture.Sha256 is not null)
        {
            Assert.That(Convert.ToHexStringLower(SHA256.HashData(image.Pixels.Span)), Is.EqualTo(picture.Sha256));
        }
        else
        {
            Assert.That(picture.Format, Is.EqualTo("JPEG"));
            Assert.That(Mean(image), Is.EqualTo(picture.Mean!).Within(JpegMeanTolerance));
        }
    }

    [TestCaseSource(typeof(PictureManifest), nameof(PictureManifest.Good))]
    public void A_good_picture_is_turned_upright(TestPicture picture)
    {
        var stored = ImageFile.Read(picture.Path, AsStored);
        var upright = ImageFile.Read(picture.Path);
        var expected = picture.Orientation >= 5 ? (stored.Height, stored.Width) : (stored.Width, stored.Height);
        Assert.That((upright.Width, upright.Height), Is.EqualTo(expected));
        Assert.That(upright.Pixels.Span.SequenceEqual(stored.Pixels.Span), Is.EqualTo(picture.Orientation == 1 || IsUniform(stored)));
    }

    [TestCaseSource(typeof(PictureManifest), nameof(PictureManifest.Broken))]
    [CancelAfter(10_000)]
    public void A_broken_picture_ends_in_one_sentence(TestPicture picture)
    {
        ImageException? exception = null;
        try
        {
            _ = ImageFile.Read(picture.Path);
        }
        catch (ImageException caught)
        {
            exception = caught;
        }

        if (picture.Expect == "error")
        {
            Assert.That(exception, Is.Not.Null);
        }

        if (exception is not null)
        {
            Assert.That(exception.File, Is.EqualTo(picture.Path));
            Assert.That(exception.Message, Does.StartWith(picture.Path).And.Match("; [a-z][^;]*\\.$"));
        }
    }

    [Test]
    public void A_truncated_JPEG_is_an_error_at_every_length()
    {
        var whole = File.ReadAllBytes(PictureManifest.Kept("good/hopper.jpg"));
        for (var length = 0; length < whole.Length; length += 13)
        {
            var part = whole[..length];
            Assert.That(() => ImageFile.Read(part, "part.jpg"), Throws.TypeOf<ImageException>(), $"{length} bytes");
        }
    }

    [TestCase("hopper.gif")]
    [TestCase("bw_gradient.png")]
    [TestCase("pal8topdown.bmp")]
    [TestCase("200x32_l_tl_raw.tga")]
    public void A_truncated_picture_is_an_error(string file)
    {
        var whole = File.ReadAllBytes(PictureManifest.Kept("good/" + file));
        foreach (var length in new[] { 3, 10, 20, 40, whole.Length / 2, whole.Length * 9 / 10 })
        {
            Assert.That(() => ImageFile.Read(whole.AsMemory(0, length), "part"), Throws.TypeOf<ImageException>(), $"{length} bytes");
        }
    }

    [Test]
    public void Stray_bytes_between_JPEG_segments_are_skipped()
    {
        var whole = File.ReadAllBytes(PictureManifest.Kept("good/hopper.jpg"));
        byte[] withStrays = [.. whole[..2], 0x11, 0xFF, 0x00, 0x22, .. whole[2..], 0x33];
        Assert.That(ImageFile.Read(withStrays, "strays.jpg").Pixels.ToArray(), Is.EqualTo(ImageFile.Read(whole, "whole.jpg").Pixels.ToArray()));
    }

    [Test]
    public void Paths_streams_and_memory_give_the_same_pixels()
    {
        var path = PictureManifest.Kept("good/tiny-16x16.png");
        var expected = ImageFile.Read(path).Pixels.ToArray();
        var bytes = File.ReadAllBytes(path);
        byte[] padded = [0, .. bytes, 0];
        Assert.That(ImageFile.Read(padded.AsMemory(1, bytes.Length), "memory").Pixels.ToArray(), Is.EqualTo(expected));
        using var seekable = new MemoryStream(padded, 1, bytes.Length);
        Assert.That(ImageFile.Read(seekable, "stream").Pixels.ToArray(), Is.EqualTo(expected));

        using var compressed = new MemoryStream();
        using (var writer = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            writer.Write(bytes);
        }

        compressed.Position = 0;
        using var forwardOnly = new GZipStream(compressed, CompressionMode.Decompress);
        Assert.That(ImageFile.Read(forwardOnly, "forward-only stream").Pixels.ToArray(), Is.EqualTo(expected));
    }

    [Test]
    public void Missing_files_and_folders_are_named()
    {
        var folder = PictureManifest.KeptFolder;
        Assert.That(() => ImageFile.Read(folder), Throws.TypeOf<ImageException>().With.Message.EqualTo($"{folder} is a folder; give a picture file."));
        var missing = Path.Combine(folder, "missing.jpg");
        Assert.That(() => ImageFile.Read(missing), Throws.TypeOf<ImageException>().With.Message.EqualTo($"{missing} does not exist; check the path."));
        Assert.That(() => ImageFile.Read(Path.Combine(folder, "no", "such.jpg")), Throws.TypeOf<ImageException>());
        Assert.That(() => ImageFile.Read("bad\0name.jpg"), Throws.TypeOf<ImageException>());
    }

    [Test]
    public void The_larger_pictures_of_a_pair_agree_once_upright([Values("Landscape_1 Landscape_6", "Portrait_5 Portrait_8")] string pair)
    {
        var names = pair.Split(' ');
        var first = ImageFile.Read(PictureManifest.Shared($"good/{names[0]}.jpg"));
        var second = ImageFile.Read(PictureManifest.Shared($"good/{names[1]}.jpg"));
        Assert.That((second.Width, second.Height), Is.EqualTo((first.Width, first.Height)));
        // The files show the same picture with its orientation written on it, and were compressed one by one.
        Assert.That(OrientationTests.MeanDifference(first, second), Is.LessThan(4));
    }

    private static bool IsUniform(RgbImage image) => image.Pixels.Span[3..].SequenceEqual(image.Pixels.Span[..^3]);

    private static double[] Mean(RgbImage image)
    {
        var sums = new double[3];
        var pixels = image.Pixels.Span;
        for (var index = 0; index < pixels.Length; index++)
        {
            sums[index % 3] += pixels[index];
        }

        return [.. sums.Select(sum => sum * 3 / image.Pixels.Length)];
    }
}
