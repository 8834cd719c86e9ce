using Gpu.Engine.Preprocessing;
using Gpu.Loader.Images;
using Gpu.Loader.Networks;

namespace Gpu.Cli.Rendering;

/// <summary>Shows what the network is fed: pixels that were resized and cropped, and have lost the means of their channels.</summary>
internal static class NetworkInputPicture
{
    /// <summary>What the network sees of a photograph.</summary>
    /// <param name="photo">The photograph.</param>
    /// <param name="sizes">How it is resized and cropped.</param>
    public static RgbImage Create(RgbImage photo, PreprocessingOptions sizes)
    {
        var input = new float[sizes.CropLength];
        NetworkInput.Crop(photo, input, sizes);
        return ToRgb(input, sizes.Crop, sizes.Crop, ChannelMeans.Rgb);
    }

    /// <summary>Adds the means back and rounds to 8 bits.</summary>
    /// <param name="input"><c>height * width * 3</c> values, HWC.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="means">The three means that were subtracted, R, G, B.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    public static RgbImage ToRgb(ReadOnlySpan<float> input, int width, int height, ReadOnlySpan<float> means)
    {
        if (input.Length != (long)width * height * 3 || means.Length != 3)
        {
            throw new ArgumentException($"An input of {width}x{height} has {(long)width * height * 3} values and 3 means, not {input.Length} and {means.Length}.", nameof(input));
        }

        var pixels = new byte[input.Length];
        for (var index = 0; index < pixels.Length; index++)
        {
            pixels[index] = (byte)Math.Clamp(MathF.Round(input[index] + means[index % 3]), 0, 255);
        }

        return new RgbImage(width, height, pixels);
    }
}
