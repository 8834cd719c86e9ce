using Gpu.Engine.Plans;
using Gpu.Engine.Preprocessing;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Images;
using Gpu.Loader.Networks;
using Gpu.Tests.Kernels;
using NUnit.Framework;

namespace Gpu.Tests.Engine.Preprocessing;

/// <summary>Inputs that a device makes of pixels have the bits of those that the host makes.</summary>
[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
internal sealed class PixelRegionTests(string deviceId)
{
    private static readonly PixelNormalization[] Normalizations = [PixelNormalization.Slim, PixelNormalization.Torchvision];

    /// <summary>Enlarged, reduced a little and so far that not every pixel is looked at, and as it is.</summary>
    private static readonly (int Width, int Height)[] Sizes = [(1, 1), (3, 2), (97, 300), (300, 256), (1, 2000), (641, 487), (1311, 998)];

    [Test]
    public void Crops_of_a_batch([ValueSource(nameof(Normalizations))] PixelNormalization normalization)
    {
        RgbImage[] images = [.. Sizes.Select((s, i) => Random(s.Width, s.Height, i))];
        var options = PreprocessingOptions.Default;
        var expected = new float[images.Length * options.CropLength];
        for (var i = 0; i < images.Length; i++)
        {
            NetworkInput.Crop(images[i], expected.AsSpan(i * options.CropLength, options.CropLength), options, normalization);
        }

        var input = new Shape(images.Length, options.Crop, options.Crop, SampledPixels.Channels);
        var pixels = PixelRegion.Gather(input, [.. images.Select(i => PixelRegion.Crop(i, options))], new ParallelOptions());
        Assert.That(pixels.Pixels.Length, Is.LessThanOrEqualTo(sizeof(float) * input.Elements));
        Assert.That(Sample(pixels, normalization), Is.EqualTo(expected));
    }

    [TestCaseSource(typeof(GoldenData), nameof(GoldenData.Images))]
    public void The_crop_of_a_photograph(GoldenImage golden)
    {
        var (image, options) = (golden.Read(), PreprocessingOptions.Default);
        var expected = new float[options.CropLength];
        NetworkInput.Crop(image, expected);
        var pixels = PixelRegion.Gather(new Shape(1, options.Crop, options.Crop, SampledPixels.Channels), [PixelRegion.Crop(image, options)], new ParallelOptions());
        Assert.That(Sample(pixels, PixelNormalization.Slim), Is.EqualTo(expected));
    }

    [TestCase(0, 0, 40, 50)]
    [TestCase(3, 0, 20, 50)]
    [TestCase(3, 7, 31, 40)]
    public void A_window(int top, int left, int height, int width)
    {
        var image = Random(50, 40, seed: 3);
        var expected = new float[height * width * SampledPixels.Channels];
        NetworkInput.Window(image, top, left, height, width, expected, PixelNormalization.Torchvision);
        var pixels = PixelRegion.Gather(new Shape(1, height, width, SampledPixels.Channels), [PixelRegion.Window(image, top, left, height, width)], new ParallelOptions());
        Assert.That(Sample(pixels, PixelNormalization.Torchvision), Is.EqualTo(expected));
    }

    [Test]
    public void Positions_outside_of_the_pixels_are_refused()
    {
        SamplePosition[] positions = [new(0, 3, 0.5f), new(0, 3, 0.5f)];
        var input = new Shape(1, 1, 1, SampledPixels.Channels);
        Assert.Multiple(() =>
        {
            Assert.That(() => new SampledPixels(input, new byte[9], positions), Throws.Nothing);
            Assert.That(() => new SampledPixels(input, new byte[8], positions), Throws.ArgumentException);
            Assert.That(() => new SampledPixels(input with { Height = 2 }, new byte[9], positions), Throws.ArgumentException);
        });
    }

    private float[] Sample(SampledPixels pixels, PixelNormalization normalization)
    {
        var device = TestDevices.Open(deviceId);
        if (device.PixelSampling is null)
        {
            Assert.Ignore("Its host makes inputs.");
        }

        if (TestDevices.IsSlow(device) && pixels.Input.Height >= PreprocessingOptions.CropSize)
        {
            Assert.Ignore("The simulator runs tiny shapes only.");
        }

        using var scope = device.Enter();
        using var buffer = device.Allocate(device.StorageBytes(pixels.Input, halo: 0));
        var tensor = device.View(buffer, pixels.Input, halo: 0);
        new PixelsInput(pixels, NetworkInput.Scaling(normalization)).Write(device, tensor);
        var values = new float[pixels.Input.Elements];
        tensor.Download(values);
        return values;
    }

    private static RgbImage Random(int width, int height, int seed)
    {
        var pixels = new byte[width * height * SampledPixels.Channels];
        new Random(seed).NextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }
}
