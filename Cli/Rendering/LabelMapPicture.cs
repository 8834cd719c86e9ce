using System.Globalization;
using SkiaSharp;

namespace Gpu.Cli.Rendering;

/// <summary>
/// A map of classes on its own: a square a cell, axes that count the cells from the upper left corner, each region's number
/// in its middle, and the legend at the right. A map with a cell a pixel is drawn the same way, without the numbers.
/// </summary>
internal static class LabelMapPicture
{
    /// <summary>Cells grow until the map's longer side is about this long, in pixels.</summary>
    private const int OrdinaryExtent = 832;

    /// <summary>Of a map with more cells than this on a side, only every second one is drawn, or every third, and so on.</summary>
    private const int GreatestExtent = 4096;

    private const int GreatestCell = 48;
    private const int LeastOutlinedCell = 8;
    private const float Padding = 20;
    private const float LegendGap = 28;
    private const float TickLength = 5;
    private const float TickGap = 4;
    private const float TickDistance = 48;
    private const float AxisTextSize = 13;

    /// <summary>Draws the map.</summary>
    /// <returns>The picture; the caller disposes it.</returns>
    public static SKBitmap Draw(CellMap map)
    {
        var step = (Math.Max(map.Rows, map.Columns) + GreatestExtent - 1) / GreatestExtent;
        var drawn = step == 1 ? map : map.Thinned(step);
        var side = CellSide(drawn);
        var area = MapArea(drawn);
        var scale = PictureScale.For(area.Width, area.Height);
        var colours = ClassColours.For(map.Names.Count);
        using var legend = new Legend(map, colours, scale, area.Height);
        var width = area.Right + (LegendGap * scale) + legend.Width + (Padding * scale);
        var height = area.Top + Math.Max(area.Height, legend.Height) + (Padding * scale);
        var picture = new SKBitmap(new SKImageInfo((int)MathF.Ceiling(width), (int)MathF.Ceiling(height), SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(picture);
        canvas.Clear(SKColors.White);
        var cells = new CellPainter(drawn, area, side, colours);
        cells.Fill(picture, opacity: 1, outline: side < LeastOutlinedCell ? 0 : 1);
        cells.DrawNumbers(canvas, id => (ClassColours.Ink(colours[id]), colours[id]));
        DrawAxes(canvas, map, area, (float)side / step, scale);
        legend.Draw(canvas, area.Right + (LegendGap * scale), area.Top);
        return picture;
    }

    /// <summary>Side of a cell in pixels.</summary>
    public static int CellSide(CellMap map) => Math.Clamp(OrdinaryExtent / Math.Max(map.Rows, map.Columns), 1, GreatestCell);

    /// <summary>Where the cells lie within the picture.</summary>
    public static SKRectI MapArea(CellMap map)
    {
        var (width, height) = (map.Columns * CellSide(map), map.Rows * CellSide(map));
        var scale = PictureScale.For(width, height);
        using var lettering = new Lettering(AxisTextSize * scale);
        var around = (Padding + TickLength + TickGap) * scale;
        var numbers = lettering.Width((map.Rows - 1).ToString(CultureInfo.InvariantCulture));
        return SKRectI.Create((int)MathF.Ceiling(around + numbers), (int)MathF.Ceiling(around + lettering.CapHeight), width, height);
    }

    private static void DrawAxes(SKCanvas canvas, CellMap map, SKRectI area, float cell, float scale)
    {
        using var lettering = new Lettering(AxisTextSize * scale);
        using var line = new SKPaint { Color = Ink.Line, StrokeWidth = scale, Style = SKPaintStyle.Stroke, IsAntialias = true };
        canvas.DrawRect(area.Left - (scale / 2), area.Top - (scale / 2), area.Width + scale, area.Height + scale, line);

        var tick = TickLength * scale;
        var text = tick + (TickGap * scale);
        var step = AxisTicks.Step(TickDistance * scale / cell);
        for (var column = 0; column < map.Columns; column += step)
        {
            var x = area.Left + ((column + 0.5f) * cell);
            canvas.DrawLine(x, area.Top - tick, x, area.Top, line);
            lettering.Draw(canvas, column.ToString(CultureInfo.InvariantCulture), x, area.Top - text - (lettering.CapHeight / 2), SKTextAlign.Center, Ink.Faint);
        }

        for (var row = 0; row < map.Rows; row += step)
        {
            var y = area.Top + ((row + 0.5f) * cell);
            canvas.DrawLine(area.Left - tick, y, area.Left, y, line);
            lettering.Draw(canvas, row.ToString(CultureInfo.InvariantCulture), area.Left - text, y, SKTextAlign.Right, Ink.Faint);
        }
    }
}
