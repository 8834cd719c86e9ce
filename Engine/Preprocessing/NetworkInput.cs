using Gpu.Kernels.Operations;
using Gpu.Loader.Images;
using Gpu.Loader.Networks;

namespace Gpu.Engine.Preprocessing;

/// <summary>
/// Turns pictures into network input with the float32 arithmetic of TF-Slim's <c>vgg_preprocessing</c> (is_training=False) and
/// TensorFlow's <c>resize_bilinear</c> (align_corners=False, no half-pixel centres, no antialiasing): the same bits.
/// </summary>
public static class NetworkInput
{
    /// <summary>Values of an input cropped as TF-Slim does.</summary>
    public const int CropLength = PreprocessingOptions.CropSize * PreprocessingOptions.CropSize * Channels;

    /// <summary>Red, green and blue.</summary>
    internal const int Channels = SampledPixels.Channels;

    /// <summary>Resizes, crops and normalizes. Only the pixels of the crop are computed.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="destination">Receives Crop x Crop x 3 values, HWC, RGB.</param>
    /// <param name="options">Sizes; TF-Slim's by default.</param>
    /// <param name="normalization">What the weights expect; TF-Slim's by default.</param>
    /// <exception cref="ArgumentException">The options or the destination's length do not fit.</exception>
    public static void Crop(RgbImage image, Span<float> destination, PreprocessingOptions? options = null, PixelNormalization? normalization = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        options ??= PreprocessingOptions.Default;
        var (rows, columns) = CropPositions(image, options);
        if (destination.Length != options.CropLength)
        {
            throw new ArgumentException($"A {options.Crop}x{options.Crop} crop has {options.CropLength} values, not {destination.Length}.", nameof(destination));
        }

        var pixels = image.Pixels.Span;
        var (means, scales) = Split(normalization);
        var next = 0;
        foreach (var row in rows)
        {
            var top = pixels.Slice(row.Lower * image.Width * Channels, image.Width * Channels);
            var bottom = pixels.Slice(row.Upper * image.Width * Channels, image.Width * Channels);
            foreach (var column in columns)
            {
                var (left, right) = (column.Lower * Channels, column.Upper * Channels);
                for (var c = 0; c < Channels; c++)
                {
                    // Multiply and add are rounded separately, as TensorFlow's kernel does: no fused multiply-add here.
                    float topLeft = top[left + c], bottomLeft = bottom[left + c];
                    var upper = topLeft + ((top[right + c] - topLeft) * column.Fraction);
                    var lower = bottomLeft + ((bottom[right + c] - bottomLeft) * column.Fraction);
                    destination[next++] = (upper + ((lower - upper) * row.Fraction) - means[c]) * scales[c];
                }
            }
        }
    }

    /// <summary>Normalizes every pixel at native size, for dense labelling.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="destination">Receives Height x Width x 3 values, HWC, RGB.</param>
    /// <param name="normalization">What the weights expect; TF-Slim's by default.</param>
    /// <exception cref="ArgumentException">The destination's length does not fit.</exception>
    public static void Whole(RgbImage image, Span<float> destination, PixelNormalization? normalization = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        Window(image, 0, 0, image.Height, image.Width, destination, normalization);
    }

    /// <summary>Normalizes the pixels of a rectangle at native size, for dense labelling.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="top">First row.</param>
    /// <param name="left">First column.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="destination">Receives height x width x 3 values, HWC, RGB.</param>
    /// <param name="normalization">What the weights expect; TF-Slim's by default.</param>
    /// <exception cref="ArgumentException">The rectangle lies outside the picture, or the destination's length does not fit.</exception>
    public static void Window(RgbImage image, int top, int left, int height, int width, Span<float> destination, PixelNormalization? normalization = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        CheckWindow(image, top, left, height, width);
        var length = width * Channels;
        if (destination.Length != height * length)
        {
            throw new ArgumentException($"{width}x{height} pixels have {height * length} values, not {destination.Length}.", nameof(destination));
        }

        var (means, scales) = Split(normalization);
        for (var row = 0; row < height; row++)
        {
            var pixels = image.Pixels.Span.Slice((((top + row) * image.Width) + left) * Channels, length);
            var values = destination.Slice(row * length, length);
            for (var i = 0; i < length; i += Channels)
            {
                for (var c = 0; c < Channels; c++)
                {
                    values[i + c] = (pixels[i + c] - means[c]) * scales[c];
                }
            }
        }
    }

    /// <summary>Which rows and columns of a picture those of its crop lie between.</summary>
    /// <exception cref="ArgumentException">The options do not fit each other.</exception>
    internal static (SamplePosition[] Rows, SamplePosition[] Columns) CropPositions(RgbImage image, PreprocessingOptions options)
    {
        options.Validate();
        var scale = (float)options.ResizeSide / Math.Min(image.Height, image.Width);
        return (
            Positions(image.Height, ResizedSide(image.Height, scale, options.Rounding), options.Crop),
            Positions(image.Width, ResizedSide(image.Width, scale, options.Rounding), options.Crop));
    }

    /// <summary>Refuses a rectangle that does not lie in a picture.</summary>
    /// <exception cref="ArgumentException">It does not.</exception>
    internal static void CheckWindow(RgbImage image, int top, int left, int height, int width)
    {
        if (top < 0 || left < 0 || height < 1 || width < 1 || top > image.Height - height || left > image.Width - width)
        {
            throw new ArgumentException($"{width}x{height} pixels at ({left}, {top}) do not lie in a picture of {image.Width}x{image.Height}.");
        }
    }

    /// <summary>A normalization as devices take it.</summary>
    internal static ChannelScaling Scaling(PixelNormalization normalization)
    {
        var (mean, scale) = normalization;
        return new ChannelScaling(mean.Red, mean.Green, mean.Blue, scale.Red, scale.Green, scale.Blue);
    }

    private static (float[] Means, float[] Scales) Split(PixelNormalization? normalization)
    {
        var (mean, scale) = normalization ?? PixelNormalization.Slim;
        return ([mean.Red, mean.Green, mean.Blue], [scale.Red, scale.Green, scale.Blue]);
    }

    private static int ResizedSide(int side, float scale, SideRounding rounding) =>
        (int)(rounding == SideRounding.Nearest ? MathF.Round(side * scale, MidpointRounding.ToEven) : side * scale);

    /// <summary>The source positions of the central <paramref name="size"/> of <paramref name="resized"/> pixels along one side.</summary>
    private static SamplePosition[] Positions(int side, int resized, int size)
    {
        var ratio = side / (float)resized;
        var offset = (resized - size) / 2;
        var positions = new SamplePosition[size];
        for (var i = 0; i < size; i++)
        {
            var position = (offset + i) * ratio;
            var lower = (int)position;
            positions[i] = new SamplePosition(lower, Math.Min(lower + 1, side - 1), position - lower);
        }

        return positions;
    }
}
