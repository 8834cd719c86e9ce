using System.Text;

namespace Gpu.Loader.Images;

/// <summary>Formats that are decoded.</summary>
internal enum ImageFormat
{
    Jpeg,
    Png,
    Bmp,
    Gif,
    Tga,
}

/// <summary>Tells a picture's format from its first bytes; the file's name says nothing.</summary>
internal static class ImageSignature
{
    /// <summary>So many first bytes of a file are enough to recognise it.</summary>
    public const int Length = 512;

    private static readonly (int Offset, byte[] Bytes, string Name)[] Unsupported =
    [
        (8, "WEBP"u8.ToArray(), "a WebP picture"),
        (4, "ftypavif"u8.ToArray(), "an AVIF picture"),
        (4, "ftypavis"u8.ToArray(), "an AVIF picture"),
        (4, "ftyphei"u8.ToArray(), "a HEIC picture"),
        (4, "ftyphev"u8.ToArray(), "a HEIC picture"),
        (4, "ftypmif1"u8.ToArray(), "a HEIF picture"),
        (4, "ftypmsf1"u8.ToArray(), "a HEIF picture"),
        (4, "ftyp"u8.ToArray(), "a video"),
        (0, "II*\0"u8.ToArray(), "a TIFF picture or a camera's raw file"),
        (0, "MM\0*"u8.ToArray(), "a TIFF picture or a camera's raw file"),
        (0, [0x00, 0x00, 0x00, 0x0C, (byte)'j', (byte)'P'], "a JPEG 2000 picture"),
        (0, [0xFF, 0x4F, 0xFF, 0x51], "a JPEG 2000 picture"),
        (0, [0x00, 0x00, 0x00, 0x0C, (byte)'J', (byte)'X', (byte)'L'], "a JPEG XL picture"),
        (0, [0xFF, 0x0A], "a JPEG XL picture"),
        (0, "8BPS"u8.ToArray(), "a Photoshop document"),
        (0, [0x00, 0x00, 0x01, 0x00], "an icon file"),
        (0, "#?RADIANCE"u8.ToArray(), "a Radiance HDR picture"),
        (0, [0x76, 0x2F, 0x31, 0x01], "an OpenEXR picture"),
        (0, "%PDF"u8.ToArray(), "a PDF document"),
        (0, "PK\x03\x04"u8.ToArray(), "a ZIP archive"),
        (0, [0x1F, 0x8B], "a gzip archive"),
    ];

    /// <summary>Recognises the format.</summary>
    /// <param name="start">The first <see cref="Length"/> bytes of the file, or all of a shorter one.</param>
    /// <exception cref="InvalidDataException">The file is empty, of a known but unsupported kind, or unknown.</exception>
    public static ImageFormat Recognise(ReadOnlySpan<byte> start)
    {
        if (start.IsEmpty)
        {
            throw new InvalidDataException("is empty; copy or download it again");
        }

        if (start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8]))
        {
            return ImageFormat.Jpeg;
        }

        if (start.StartsWith(PngStructure.Signature))
        {
            return ImageFormat.Png;
        }

        if (start.StartsWith("GIF87a"u8) || start.StartsWith("GIF89a"u8))
        {
            return ImageFormat.Gif;
        }

        foreach (var (offset, bytes, name) in Unsupported)
        {
            if (start.Length > offset && start[offset..].StartsWith(bytes))
            {
                throw NotSupported(name);
            }
        }

        if (IsText(start))
        {
            throw TextFile(start);
        }

        if (start.StartsWith("BM"u8))
        {
            return ImageFormat.Bmp;
        }

        return TgaStructure.LooksLikeTga(start)
            ? ImageFormat.Tga
            : throw new InvalidDataException(
                $"is not a known kind of picture (it starts with {Convert.ToHexString(start[..Math.Min(8, start.Length)])}); give a JPEG, PNG, BMP, GIF or TGA file");
    }

    private static InvalidDataException NotSupported(string name) =>
        new($"is {name}, which is not supported; convert it to PNG or JPEG");

    /// <summary>Text has no control characters but white space; every supported binary format has some among its first bytes.</summary>
    private static bool IsText(ReadOnlySpan<byte> start)
    {
        foreach (var value in start)
        {
            if (value < 0x20 && value is not ((byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)'\f'))
            {
                return false;
            }
        }

        return true;
    }

    private static InvalidDataException TextFile(ReadOnlySpan<byte> start)
    {
        var text = Encoding.UTF8.GetString(start).TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
        if (text.StartsWith("version https://git-lfs", StringComparison.Ordinal))
        {
            return new InvalidDataException("is a Git LFS pointer instead of the picture; fetch the picture with 'git lfs pull'");
        }

        if (text.Contains("<svg", StringComparison.OrdinalIgnoreCase))
        {
            return NotSupported("an SVG drawing");
        }

        return text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase)
            ? new InvalidDataException("is an HTML page instead of a picture; download the picture itself")
            : new InvalidDataException("is a text file instead of a picture; give a JPEG, PNG, BMP, GIF or TGA file");
    }
}
