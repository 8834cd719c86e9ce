using System.Runtime.InteropServices;
using Gpu.Loader.Images;
using SkiaSharp;

namespace Gpu.Cli.Rendering;

/// <summary>
/// Saves pictures as PNG. A file appears whole or not at all: it is written beside its place under another name, and renamed.
/// </summary>
internal static class PictureFile
{
    private const int CompressionLevel = 6;

    /// <summary>Saves a drawn picture.</summary>
    /// <exception cref="PictureFileException">The file cannot be written; nothing is left behind.</exception>
    public static void Save(SKBitmap picture, string path)
    {
        var name = Path.GetFileName(path);
        var temporary = Path.Combine(Path.GetDirectoryName(path) ?? "", $".{name}.{Guid.NewGuid():N}");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                Encode(picture, stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (DirectoryNotFoundException exception)
        {
            throw new PictureFileException(path, "cannot be saved because its folder does not exist; create the folder or give another path", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new PictureFileException(path, $"cannot be saved ({exception.Message.TrimEnd('.')}); give another path or free some space", exception);
        }
        finally
        {
            Delete(temporary);
        }
    }

    /// <summary>Saves RGB pixels.</summary>
    /// <exception cref="PictureFileException">The file cannot be written; nothing is left behind.</exception>
    public static void Save(RgbImage picture, string path)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(picture.Width, picture.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var pixels = MemoryMarshal.Cast<byte, Rgba>(bitmap.GetPixelSpan());
        var source = picture.Pixels.Span;
        for (var index = 0; index < pixels.Length; index++, source = source[3..])
        {
            pixels[index] = new Rgba(source[0], source[1], source[2]);
        }

        Save(bitmap, path);
    }

    private static void Encode(SKBitmap picture, Stream stream)
    {
        using var pixels = picture.PeekPixels();
        using var data = pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.AllFilters, CompressionLevel))
            ?? throw new IOException($"{picture.Width}x{picture.Height} pixels are too many for PNG");
        data.SaveTo(stream);
    }

    private static void Delete(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It was never created, or its folder is gone; the reason is on its way already.
        }
    }
}
