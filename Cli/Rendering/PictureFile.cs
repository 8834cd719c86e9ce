using Gpu.Loader.Images;
using SkiaSharp;

namespace Gpu.Cli.Rendering;

/// <summary>Saves pictures as PNG.</summary>
internal static class PictureFile
{
    private const int CompressionLevel = 6;

    /// <summary>Saves a drawn picture.</summary>
    /// <exception cref="OutputFileException">The file cannot be written; nothing is left behind.</exception>
    public static void Save(SKBitmap picture, string path) => OutputFile.Write(path, stream => Encode(picture, stream));

    /// <summary>Saves RGB pixels.</summary>
    /// <exception cref="OutputFileException">The file cannot be written; nothing is left behind.</exception>
    public static void Save(RgbImage picture, string path)
    {
        using var bitmap = RgbBitmap.Create(picture);
        Save(bitmap, path);
    }

    private static void Encode(SKBitmap picture, Stream stream)
    {
        using var pixels = picture.PeekPixels();
        using var data = pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.AllFilters, CompressionLevel))
            ?? throw new IOException($"{picture.Width}x{picture.Height} pixels are too many for PNG");
        data.SaveTo(stream);
    }
}
