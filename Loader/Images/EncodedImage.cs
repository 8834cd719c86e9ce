namespace Gpu.Loader.Images;

/// <summary>What a file's structure says about a picture before it is decoded; the structure is known to be complete.</summary>
/// <param name="Width">Columns as stored, before any orientation.</param>
/// <param name="Height">Rows as stored.</param>
/// <param name="Data">The encoded picture, fit for the decoder.</param>
/// <param name="Exif">The EXIF block (a TIFF structure), or empty.</param>
internal sealed record EncodedImage(int Width, int Height, byte[] Data, ReadOnlyMemory<byte> Exif = default)
{
    /// <summary>The reason given for a file that ends too early.</summary>
    public const string Truncated = "ends before its picture is complete; copy or download it again";

    /// <summary>No array holds more RGBA pixels, whatever limit is asked for.</summary>
    public static readonly long MaximumPixels = Array.MaxLength / 4;

    /// <summary>Refuses sizes that no picture may have.</summary>
    /// <exception cref="InvalidDataException">A side is not positive, or there are more pixels than <paramref name="maximumPixels"/>.</exception>
    public static void CheckSize(long width, long height, long maximumPixels)
    {
        if (width < 1 || height < 1)
        {
            throw new InvalidDataException($"declares {width}x{height} pixels, so it holds no picture; export it again");
        }

        var limit = Math.Min(maximumPixels, MaximumPixels);
        if (width > limit / height)
        {
            throw new InvalidDataException($"declares {width}x{height} pixels, more than the limit of {limit}; scale it down or raise the limit");
        }
    }
}
