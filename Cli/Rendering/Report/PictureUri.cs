using Gpu.Loader.Images;
using SkiaSharp;

namespace Gpu.Cli.Rendering.Report;

/// <summary>Pictures inside a page: WebP in <c>data:</c> addresses.</summary>
internal static class PictureUri
{
    private const float Quality = 82;

    /// <summary>A photograph for the screen: no side longer than a limit, compressed with loss.</summary>
    public static string Photograph(RgbImage photo, int greatestSide)
    {
        using var bitmap = PictureFile.ToBitmap(photo);
        var scale = Math.Min(1, greatestSide / (float)Math.Max(photo.Width, photo.Height));
        var size = new SKSizeI(Math.Max(1, (int)MathF.Round(photo.Width * scale)), Math.Max(1, (int)MathF.Round(photo.Height * scale)));
        using var scaled = bitmap.Resize(size, new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        return Encode(scaled, new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossy, Quality));
    }

    /// <summary>A picture whose every pixel counts.</summary>
    public static string Exact(RgbImage picture)
    {
        using var bitmap = PictureFile.ToBitmap(picture);
        return Encode(bitmap, new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, Quality));
    }

    private static string Encode(SKBitmap picture, SKWebpEncoderOptions options)
    {
        using var pixels = picture.PeekPixels();
        using var data = pixels.Encode(options)!; // Null beyond WebP's 16,383 pixels a side, which no picture here has.
        return $"data:image/webp;base64,{Convert.ToBase64String(data.Span)}";
    }
}
