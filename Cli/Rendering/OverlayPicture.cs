using System.Runtime.InteropServices;
using Gpu.Loader.Images;
using SkiaSharp;

namespace Gpu.Cli.Rendering;

/// <summary>
/// A photograph under the colours of a map, at the photograph's own size, with outlines between classes, each region's number
/// and the legend at the right. What no cell labels stays unpainted, and is dimmed.
/// </summary>
internal static class OverlayPicture
{
    private const float Padding = 20;
    private const int LeastOutlinedStride = 8;

    /// <summary>How much of its brightness the unlabelled margin loses.</summary>
    private const float MarginShade = 0.5f;

    /// <summary>Draws the map over the photograph.</summary>
    /// <param name="photo">The photograph.</param>
    /// <param name="map">Cells; with a stride of 1 and no offset there is one a pixel.</param>
    /// <param name="stride">Side of the square that a cell labels, in pixels.</param>
    /// <param name="offset">Where the first cell's square begins, from the left and from the top, in pixels.</param>
    /// <param name="opacity">0 shows the photograph alone, 1 the colours alone.</param>
    /// <returns>The picture, with the photograph at its upper left corner; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The cells reach beyond the photograph, or a number is out of its range.</exception>
    public static SKBitmap Draw(RgbImage photo, CellMap map, int stride, int offset, float opacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(opacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(opacity, 1);
        var area = SKRectI.Create(offset, offset, map.Columns * stride, map.Rows * stride);
        if (area.Right > photo.Width || area.Bottom > photo.Height)
        {
            throw new ArgumentException($"{map.Columns}x{map.Rows} cells of {stride} pixels do not fit on a photograph of {photo.Width}x{photo.Height}.", nameof(map));
        }

        var scale = PictureScale.For(photo.Width, photo.Height);
        var colours = ClassColours.For(map.Names.Count);
        using var legend = new Legend(map, colours, scale, photo.Height - (2 * Padding * scale));
        var width = photo.Width + legend.Width + (2 * Padding * scale);
        var height = Math.Max(photo.Height, legend.Height + (2 * Padding * scale));
        var picture = new SKBitmap(new SKImageInfo((int)MathF.Ceiling(width), (int)MathF.Ceiling(height), SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(picture);
        canvas.Clear(SKColors.White);
        CopyPhoto(picture, photo, area);
        var cells = new CellPainter(map, area, stride, colours);
        cells.Fill(picture, opacity, stride < LeastOutlinedStride ? 1 : (int)MathF.Round(2 * scale));
        cells.DrawNumbers(canvas, _ => (SKColors.White, Ink.Text));
        legend.Draw(canvas, photo.Width + (Padding * scale), Padding * scale);
        return picture;
    }

    private static void CopyPhoto(SKBitmap picture, RgbImage photo, SKRectI area)
    {
        var pixels = MemoryMarshal.Cast<byte, Rgba>(picture.GetPixelSpan());
        var source = photo.Pixels.Span;
        for (var y = 0; y < photo.Height; y++)
        {
            var line = pixels.Slice(y * picture.Width, photo.Width);
            for (var x = 0; x < line.Length; x++, source = source[3..])
            {
                var pixel = new Rgba(source[0], source[1], source[2]);
                line[x] = area.Contains(x, y) ? pixel : pixel.Mix(default, MarginShade);
            }
        }
    }
}
