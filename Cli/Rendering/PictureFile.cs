using Gpu.Loader.Images;
using SkiaSharp;

namespace Gpu.Cli.Rendering;

/// <summary>Saves pictures: as JPEG where the file is named so, else as PNG.</summary>
internal static class PictureFile
{
    private const int CompressionLevel = 6;
    private const int JpegQuality = 95;

    private static readonly string[] JpegExtensions = [".jpg", ".jpeg"];

    /// <summary>Whether a file's name is that of a format which is written.</summary>
    public static bool CanWrite(string path) => IsJpeg(path) || Path.GetExtension(path).Equals(".png", StringComparison.OrdinalIgnoreCase);

    /// <summary>Saves a drawn picture.</summary>
    /// <exception cref="OutputFileException">The file cannot be written; nothing is left behind.</exception>
    public static void Save(SKBitmap picture, string path) => OutputFile.Write(path, stream => Encode(picture, stream, IsJpeg(path)));

    /// <summary>Saves RGB pixels.</summary>
    /// <exception cref="OutputFileException">The file cannot be written; nothing is left behind.</exception>
    public static void Save(RgbImage picture, string path)
    {
        using var bitmap = RgbBitmap.Create(picture);
        Save(bitmap, path);
    }

    private static bool IsJpeg(string path) => JpegExtensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    private static void Encode(SKBitmap picture, Stream stream, bool isJpeg)
    {
        using var pixels = picture.PeekPixels();
        using var data = (isJpeg
            ? pixels.Encode(new SKJpegEncoderOptions(JpegQuality, SKJpegEncoderDownsample.Downsample444, SKJpegEncoderAlphaOption.Ignore))
            : pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.AllFilters, CompressionLevel)))
            ?? throw new IOException($"{picture.Width}x{picture.Height} pixels are too many for {(isJpeg ? "JPEG" : "PNG")}");
        data.SaveTo(stream);
    }
}
