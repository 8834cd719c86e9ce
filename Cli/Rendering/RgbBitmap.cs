using System.Runtime.InteropServices;
using Gpu.Loader.Images;
using SkiaSharp;

namespace Gpu.Cli.Rendering;

/// <summary>Decoded pictures as Skia draws and encodes them.</summary>
internal static class RgbBitmap
{
    /// <summary>Copies the pixels.</summary>
    /// <returns>An opaque bitmap of the same size; the caller disposes it.</returns>
    public static SKBitmap Create(RgbImage picture)
    {
        var bitmap = new SKBitmap(new SKImageInfo(picture.Width, picture.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var pixels = MemoryMarshal.Cast<byte, Rgba>(bitmap.GetPixelSpan());
        var source = picture.Pixels.Span;
        for (var index = 0; index < pixels.Length; index++, source = source[3..])
        {
            pixels[index] = new Rgba(source[0], source[1], source[2]);
        }

        return bitmap;
    }
}
