using Gpu.Kernels.Tensors;

namespace Gpu.Kernels.Operations;

/// <summary>Between which two rows, or columns, of pixels a row or column of an input lies: <c>lower + (upper - lower) * Fraction</c>.</summary>
/// <param name="Lower">Place of the first: for a row the byte it begins at, for a column the byte of its red within a row.</param>
/// <param name="Upper">Place of the second; may be the first.</param>
/// <param name="Fraction">From 0, at the first, to 1.</param>
public readonly record struct SamplePosition(int Lower, int Upper, float Fraction);

/// <summary>What becomes of a sampled pixel 0..255: (pixel - mean) * scale, for each channel.</summary>
/// <param name="MeanRed">Mean of the red channel.</param>
/// <param name="MeanGreen">Mean of the green channel.</param>
/// <param name="MeanBlue">Mean of the blue channel.</param>
/// <param name="ScaleRed">Factor of the red channel.</param>
/// <param name="ScaleGreen">Factor of the green channel.</param>
/// <param name="ScaleBlue">Factor of the blue channel.</param>
public readonly record struct ChannelScaling(float MeanRed, float MeanGreen, float MeanBlue, float ScaleRed, float ScaleGreen, float ScaleBlue);

/// <summary>Pixels of pictures in memory of the host, and where the values of a network's input lie between them.</summary>
public sealed class SampledPixels
{
    /// <summary>Bytes of a pixel: red, green, blue.</summary>
    public const int Channels = 3;

    /// <summary>Takes pixels and positions.</summary>
    /// <param name="input">Shape of the input, 3 channels.</param>
    /// <param name="pixels">Pixels of all pictures.</param>
    /// <param name="positions">Those of all rows, picture after picture, and then those of all columns.</param>
    /// <exception cref="ArgumentException">The positions are not as many as the input's rows and columns, or some lie outside the pixels.</exception>
    public SampledPixels(Shape input, ReadOnlyMemory<byte> pixels, ReadOnlyMemory<SamplePosition> positions)
    {
        var lines = input.Batch * input.Height;
        if (input.Channels != Channels || positions.Length != lines + (input.Batch * input.Width))
        {
            throw new ArgumentException($"An input {input} is not made of {positions.Length} rows and columns of pixels.", nameof(positions));
        }

        Input = input;
        Pixels = pixels;
        Positions = positions;
        for (var image = 0; image < input.Batch; image++)
        {
            var (firstRow, lastRow) = Range(positions.Span.Slice(image * input.Height, input.Height));
            var (firstColumn, lastColumn) = Range(positions.Span.Slice(lines + (image * input.Width), input.Width));
            if (firstRow < 0 || firstColumn < 0 || (long)lastRow + lastColumn + Channels > pixels.Length)
            {
                throw new ArgumentException($"Positions of picture {image} lie outside of {pixels.Length} bytes of pixels.", nameof(positions));
            }
        }
    }

    /// <summary>Shape of the input.</summary>
    public Shape Input { get; }

    /// <summary>Pixels, red, green, blue.</summary>
    public ReadOnlyMemory<byte> Pixels { get; }

    /// <summary>Rows of all pictures, then columns.</summary>
    public ReadOnlyMemory<SamplePosition> Positions { get; }

    private static (int First, int Last) Range(ReadOnlySpan<SamplePosition> positions)
    {
        var (first, last) = (int.MaxValue, int.MinValue);
        foreach (var (lower, upper, _) in positions)
        {
            (first, last) = (Math.Min(first, Math.Min(lower, upper)), Math.Max(last, Math.Max(lower, upper)));
        }

        return (first, last);
    }
}

/// <summary>
/// Makes a network's input of pixels on the device, bilinearly and in float32 whose every product and sum is rounded: along the row, then
/// along the column, then mean and scale. Fewer bytes travel than of the input.
/// </summary>
public abstract class PixelSampling
{
    /// <summary>Copies the pixels and queues the rest. When this returns they may change.</summary>
    /// <param name="pixels">The pixels.</param>
    /// <param name="scaling">Means and factors.</param>
    /// <param name="input">Receives the input.</param>
    /// <exception cref="ArgumentException">The tensor does not fit.</exception>
    /// <exception cref="Devices.DeviceException">The device failed, or has not enough memory.</exception>
    public abstract void Run(SampledPixels pixels, ChannelScaling scaling, Tensor input);
}
