using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Gpu.Engine.Preprocessing;
using Gpu.Loader.Images;
using Gpu.Loader.Networks;
using Gpu.Tests.Reference;
using NUnit.Framework;

namespace Gpu.Tests.Engine.Preprocessing;

internal sealed class NetworkInputTests
{
    [TestCaseSource(typeof(GoldenData), nameof(GoldenData.Images))]
    public void The_crop_equals_tf_slims_arithmetic_bit_for_bit(GoldenImage golden)
    {
        var input = new float[NetworkInput.CropLength];
        NetworkInput.Crop(golden.Read(), input);
        var hash = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<float>(input)));
        Assert.That(hash, Is.EqualTo(golden.InputHash));
    }

    [Test]
    public void A_picture_that_needs_no_resizing_is_cropped_in_the_middle()
    {
        var image = Gradient(300, 256);
        var input = new float[NetworkInput.CropLength];
        NetworkInput.Crop(image, input);
        Assert.Multiple(() =>
        {
            Assert.That(input[0], Is.EqualTo(image.Pixels.Span[((16 * 300) + 38) * 3] - ChannelMeans.Red));
            Assert.That(input[^1], Is.EqualTo(image.Pixels.Span[((239 * 300) + 261) * 3 + 2] - ChannelMeans.Blue));
        });
    }

    [Test]
    public void Truncation_of_2016_differs_where_a_side_rounds_up()
    {
        // 256f / 107 * 107 is just below 256 in float32, so that truncation gives 255.
        var image = Gradient(214, Enumerable.Range(100, 400).First(side => (int)(256f / side * side) == 255));
        var (nearest, truncated) = (new float[NetworkInput.CropLength], new float[NetworkInput.CropLength]);
        NetworkInput.Crop(image, nearest);
        NetworkInput.Crop(image, truncated, new PreprocessingOptions { Rounding = SideRounding.Truncate });
        Assert.That(truncated, Is.Not.EqualTo(nearest));
    }

    [TestCase(1, 1)]
    [TestCase(1, 5000)]
    [TestCase(3, 2)]
    public void Any_size_of_picture_gives_a_crop(int width, int height)
    {
        var input = new float[NetworkInput.CropLength];
        Array.Fill(input, float.NaN);
        NetworkInput.Crop(Gradient(width, height), input);
        Assert.That(input, Has.None.NaN.And.All.InRange(-124f, 256f));
    }

    [Test]
    public void The_whole_picture_loses_its_means_only()
    {
        var image = Gradient(5, 3);
        var input = new float[image.Pixels.Length];
        NetworkInput.Whole(image, input);
        for (var i = 0; i < input.Length; i++)
        {
            var mean = new[] { 123.68f, 116.78f, 103.94f }[i % 3];
            Assert.That(input[i], Is.EqualTo(image.Pixels.Span[i] - mean));
        }
    }

    [Test]
    public void Torchvisions_input_is_zero_to_one_less_the_mean_over_the_deviation()
    {
        var image = Gradient(300, 256);
        var (whole, crop) = (new float[image.Pixels.Length], new float[NetworkInput.CropLength]);
        NetworkInput.Whole(image, whole, PixelNormalization.Torchvision);
        NetworkInput.Crop(image, crop, normalization: PixelNormalization.Torchvision);
        double[] expected = [.. image.Pixels.ToArray().Select((p, i) => ((p / 255.0) - new[] { 0.485, 0.456, 0.406 }[i % 3]) / new[] { 0.229, 0.224, 0.225 }[i % 3])];
        Assert.That(RelativeError.L2(whole, expected), Is.LessThan(1e-6));
        Assert.That(crop[..3], Is.EqualTo(whole[(((16 * 300) + 38) * 3)..][..3]));
    }

    [Test]
    public void Caffes_means_have_another_third_decimal()
    {
        var image = Gradient(5, 3);
        var input = new float[image.Pixels.Length];
        NetworkInput.Whole(image, input, PixelNormalization.Caffe);
        Assert.That(input, Is.EqualTo(image.Pixels.ToArray().Select((p, i) => p - new[] { 123.68f, 116.779f, 103.939f }[i % 3])));
    }

    [Test]
    public void A_resize_smaller_than_the_crop_is_refused() =>
        Assert.That(
            () => NetworkInput.Crop(Gradient(9, 9), new float[NetworkInput.CropLength], new PreprocessingOptions { ResizeSide = 223 }),
            Throws.ArgumentException.With.Message.Contains("223"));

    private static RgbImage Gradient(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)((i * 7) + (i / width));
        }

        return new RgbImage(width, height, pixels);
    }
}
