using System.Globalization;
using Gpu.Engine.Results;
using Gpu.Loader.Images;
using SkiaSharp;

namespace Gpu.Cli.Rendering;

/// <summary>
/// A photograph with a box around each region, in its class's colour, and the class's name and confidence in black or white on that
/// colour. Small photographs are enlarged, so that the names have room.
/// </summary>
internal static class AnnotatedPicture
{
    private const int LeastSide = 640;
    private const float TextSize = 15;
    private const float LeastTextSize = 9;
    private const float LineWidth = 3;
    private const float HaloWidth = 1.5f; // On either side of a line, so that it shows on any ground.

    /// <summary>Draws the regions over the photograph.</summary>
    /// <param name="photo">The photograph.</param>
    /// <param name="regions">The regions.</param>
    /// <returns>The picture, a whole multiple of the photograph in size; the caller disposes it.</returns>
    public static SKBitmap Draw(RgbImage photo, IReadOnlyList<MapRegion> regions)
    {
        var enlargement = (int)MathF.Ceiling((float)LeastSide / Math.Clamp(Math.Max(photo.Width, photo.Height), 1, LeastSide));
        var picture = Enlarge(photo, enlargement);
        using var canvas = new SKCanvas(picture);
        var scale = PictureScale.For(picture.Width, picture.Height);
        var classes = regions.Select(r => r.Label).Distinct().ToList();
        var colours = ClassColours.For(classes.Count);

        // Large boxes first: those within them stay visible.
        var boxes = regions.OrderByDescending(r => (long)r.Box.Width * r.Box.Height).Select(r => new Box(
            Line(r.Box, enlargement, LineWidth * scale),
            string.Create(CultureInfo.InvariantCulture, $"{ShortName(r.Label.Name)} {r.Confidence:F2}"),
            colours[classes.IndexOf(r.Label)])).ToList();
        foreach (var box in boxes)
        {
            DrawBox(canvas, box, scale);
        }

        DrawNames(canvas, boxes, new SKSize(picture.Width, picture.Height), scale);
        return picture;
    }

    /// <summary>Where the names stand: as large as lets all of them be placed, and the names of small boxes missing where not even the smallest does.</summary>
    /// <param name="picture">Size of the picture.</param>
    /// <param name="boxes">Boxes and their names, the more important first.</param>
    /// <param name="scale">Size relative to a picture of ordinary size.</param>
    /// <returns>For each box the place of its name, or null; and the size of the text.</returns>
    public static (IReadOnlyList<SKRect?> Places, float TextSize) PlaceNames(SKSize picture, IReadOnlyList<(SKRect Box, string Name)> boxes, float scale)
    {
        for (var size = TextSize; ; size--)
        {
            using var lettering = new Lettering(size * scale);
            var placement = new NamePlacement(picture, step: lettering.LineHeight / 2);
            var places = boxes
                .Select(b => placement.Place(b.Box, new SKSize(MathF.Min(lettering.Width(b.Name) + Margin(lettering), picture.Width), lettering.LineHeight)))
                .ToList();
            if (size <= LeastTextSize || places.TrueForAll(p => p is not null))
            {
                return (places, size * scale);
            }
        }
    }

    /// <summary>The first of a class's synonyms.</summary>
    private static string ShortName(string name) => name.Split(',')[0];

    /// <summary>Blank beside a name, both sides together.</summary>
    private static float Margin(Lettering lettering) => lettering.LineHeight / 2;

    /// <summary>The middle of a box's line, which lies within the box.</summary>
    private static SKRect Line(PixelBox box, int enlargement, float width)
    {
        var rectangle = SKRect.Create(box.X * enlargement, box.Y * enlargement, box.Width * enlargement, box.Height * enlargement);
        rectangle.Inflate(-width / 2, -width / 2);
        return rectangle;
    }

    private static SKBitmap Enlarge(RgbImage photo, int enlargement)
    {
        var bitmap = RgbBitmap.Create(photo);
        if (enlargement == 1)
        {
            return bitmap;
        }

        using (bitmap)
        {
            return bitmap.Resize(
                new SKImageInfo(photo.Width * enlargement, photo.Height * enlargement, SKColorType.Rgba8888, SKAlphaType.Opaque),
                new SKSamplingOptions(SKCubicResampler.Mitchell));
        }
    }

    private static void DrawBox(SKCanvas canvas, Box box, float scale)
    {
        using var paint = new SKPaint { IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeJoin = SKStrokeJoin.Miter };
        (paint.Color, paint.StrokeWidth) = (ClassColours.Ink(box.Colour), (LineWidth + (2 * HaloWidth)) * scale);
        canvas.DrawRect(box.Line, paint);
        (paint.Color, paint.StrokeWidth) = (box.Colour, LineWidth * scale);
        canvas.DrawRect(box.Line, paint);
    }

    private static void DrawNames(SKCanvas canvas, List<Box> boxes, SKSize picture, float scale)
    {
        var (places, size) = PlaceNames(picture, [.. boxes.Select(b => (b.Line, b.Name))], scale);
        using var lettering = new Lettering(size);
        using var paint = new SKPaint { IsAntialias = true };
        foreach (var (box, place) in boxes.Zip(places))
        {
            if (place is { } rectangle)
            {
                paint.Color = box.Colour;
                canvas.DrawRect(rectangle, paint);
                var name = lettering.Shorten(box.Name, rectangle.Width - Margin(lettering));
                lettering.Draw(canvas, name, rectangle.MidX, rectangle.MidY, SKTextAlign.Center, ClassColours.Ink(box.Colour));
            }
        }
    }

    private readonly record struct Box(SKRect Line, string Name, SKColor Colour);
}
