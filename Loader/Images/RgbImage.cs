namespace Gpu.Loader.Images;

/// <summary>A decoded picture: 8-bit RGB, rows from the top, pixels from the left, no padding.</summary>
public sealed class RgbImage
{
    /// <summary>Wraps pixels without a copy.</summary>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="pixels"><c>height * width * 3</c> bytes, R, G, B.</param>
    /// <exception cref="ArgumentException">The length does not fit the sides.</exception>
    public RgbImage(int width, int height, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentNullException.ThrowIfNull(pixels);
        if (pixels.LongLength != (long)width * height * 3)
        {
            throw new ArgumentException($"An RGB picture of {width}x{height} has {(long)width * height * 3} bytes, not {pixels.LongLength}.", nameof(pixels));
        }

        Width = width;
        Height = height;
        Pixels = pixels;
    }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary><c>Height * Width * 3</c> bytes, R, G, B.</summary>
    public ReadOnlyMemory<byte> Pixels { get; }
}
