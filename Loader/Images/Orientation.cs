using MetadataExtractor;
using MetadataExtractor.Formats.Exif;
using MetadataExtractor.IO;

namespace Gpu.Loader.Images;

/// <summary>The EXIF orientation (tag 0x0112): how the stored picture has to be turned or mirrored to stand upright.</summary>
internal static class Orientation
{
    /// <summary>As stored.</summary>
    public const int Upright = 1;

    /// <summary>Reads the orientation, 1 to 8. A picture whose EXIF block says nothing sensible is taken as it is stored.</summary>
    /// <param name="exif">A TIFF structure, or empty.</param>
    public static int Read(ReadOnlyMemory<byte> exif)
    {
        if (exif.IsEmpty)
        {
            return Upright;
        }

        try
        {
            foreach (var directory in new ExifReader().Extract(new ByteArrayReader(exif.ToArray())).OfType<ExifIfd0Directory>())
            {
                if (directory.TryGetInt32(ExifDirectoryBase.TagOrientation, out var orientation) && orientation is >= 1 and <= 8)
                {
                    return orientation;
                }
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Damaged metadata does not make the pixels worse.
        }

        return Upright;
    }

    /// <summary>Turns and mirrors the picture so that it stands upright.</summary>
    public static RgbImage Apply(RgbImage image, int orientation)
    {
        if (orientation == Upright)
        {
            return image;
        }

        var (width, height) = orientation >= 5 ? (image.Height, image.Width) : (image.Width, image.Height);
        var (right, down) = (1, image.Width); // Steps in the stored picture, in pixels.
        var (lastColumn, lastRow) = (image.Width - 1, (image.Height - 1) * image.Width);

        // For the upright picture: where its first pixel is stored, and the steps to its neighbours to the right and below.
        var (first, columnStep, rowStep) = orientation switch
        {
            2 => (lastColumn, -right, down),
            3 => (lastRow + lastColumn, -right, -down),
            4 => (lastRow, right, -down),
            5 => (0, down, right),
            6 => (lastRow, -down, right),
            7 => (lastRow + lastColumn, -down, -right),
            8 => (lastColumn, down, -right),
            _ => throw new ArgumentOutOfRangeException(nameof(orientation), orientation, "An orientation is 1 to 8."),
        };

        var source = image.Pixels.Span;
        var upright = new byte[source.Length];
        var target = 0;
        for (var row = 0; row < height; row++)
        {
            var pixel = first + (row * rowStep);
            for (var column = 0; column < width; column++, pixel += columnStep, target += 3)
            {
                source.Slice(pixel * 3, 3).CopyTo(upright.AsSpan(target));
            }
        }

        return new RgbImage(width, height, upright);
    }
}
