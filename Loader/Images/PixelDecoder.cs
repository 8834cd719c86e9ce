using StbImageSharp;

namespace Gpu.Loader.Images;

/// <summary>Decodes a picture whose structure has been checked; StbImageSharp does the work.</summary>
internal static class PixelDecoder
{
    private const int White = 255;

    /// <summary>Decodes to RGB: grey is repeated, 16 bits are cut to their upper 8, transparency shows white.</summary>
    /// <exception cref="InvalidDataException">The picture is damaged in a way that only decoding shows.</exception>
    public static RgbImage Decode(EncodedImage image)
    {
        ImageResult result;
        try
        {
            result = ImageResult.FromMemory(image.Data, ColorComponents.Default);
        }
        catch (OutOfMemoryException exception)
        {
            throw new InvalidDataException($"needs more memory than there is to decode its {image.Width}x{image.Height} pixels; scale it down", exception);
        }
        catch (Exception exception)
        {
            // The decoder was translated from C: damage ends in exceptions of any type, with messages for programmers.
            throw new InvalidDataException("is damaged, or of a variant that is not supported; save it again as PNG or JPEG", exception);
        }

        return result.Width == image.Width && result.Height == image.Height
            ? new RgbImage(result.Width, result.Height, ToRgb(result))
            : throw new InvalidDataException("is damaged (its size changes within the file); save it again as PNG or JPEG");
    }

    private static byte[] ToRgb(ImageResult result)
    {
        if (result.Comp == ColorComponents.RedGreenBlue)
        {
            return result.Data;
        }

        var (data, channels) = (result.Data, (int)result.Comp);
        var hasAlpha = result.Comp is ColorComponents.GreyAlpha or ColorComponents.RedGreenBlueAlpha;
        var (green, blue) = channels < 3 ? (0, 0) : (1, 2);
        var rgb = new byte[checked(result.Width * result.Height * 3)];
        for (int source = 0, target = 0; target < rgb.Length; source += channels, target += 3)
        {
            var alpha = hasAlpha ? data[source + channels - 1] : White;
            rgb[target] = OverWhite(data[source], alpha);
            rgb[target + 1] = OverWhite(data[source + green], alpha);
            rgb[target + 2] = OverWhite(data[source + blue], alpha);
        }

        return rgb;
    }

    private static byte OverWhite(int value, int alpha) => (byte)(((value * alpha) + (White * (255 - alpha)) + 127) / 255);
}
