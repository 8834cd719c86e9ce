using System.Globalization;
using System.Runtime.InteropServices;
using SkiaSharp;

namespace Gpu.Cli.Rendering;

/// <summary>Paints the cells of a map into a picture.</summary>
/// <param name="Map">The cells.</param>
/// <param name="Area">Where they lie in the picture: <c>Columns * Side</c> by <c>Rows * Side</c> pixels.</param>
/// <param name="Side">Side of a cell in pixels.</param>
/// <param name="Colours">A colour for each of the map's classes.</param>
internal sealed record CellPainter(CellMap Map, SKRectI Area, int Side, IReadOnlyList<SKColor> Colours)
{
    private const int LeastNumberedSide = 16;
    private const float NumberSize = 0.45f; // Of a cell's side.
    private const float OutlineOpacity = 0.85f;

    private static readonly Rgba Outline = new(255, 255, 255);

    /// <summary>Mixes the cells' colours into the pixels below, and draws light outlines between classes.</summary>
    /// <param name="picture">The picture, in RGBA.</param>
    /// <param name="opacity">0 leaves the pixels as they are, 1 covers them.</param>
    /// <param name="outline">Width of the outlines in pixels, at most a cell; 0 for none.</param>
    public void Fill(SKBitmap picture, float opacity, int outline)
    {
        // A pixel belongs to an outline when a small square around it touches two classes.
        var (before, after) = ((outline + 1) / 2, outline / 2);
        var pixels = MemoryMarshal.Cast<byte, Rgba>(picture.GetPixelSpan());
        Rgba[] palette = [.. Colours.Select(colour => new Rgba(colour.Red, colour.Green, colour.Blue))];
        for (var y = 0; y < Area.Height; y++)
        {
            var upper = Row(Math.Max(0, y - before) / Side);
            var lower = Row(Math.Min(Area.Height - 1, y + after) / Side);
            var cells = Row(y / Side);
            var line = pixels.Slice(((Area.Top + y) * picture.Width) + Area.Left, Area.Width);
            for (var x = 0; x < line.Length; x++)
            {
                var id = cells[x / Side];
                var left = Math.Max(0, x - before) / Side;
                var right = Math.Min(line.Length - 1, x + after) / Side;
                var isOutline = upper[left] != id || upper[right] != id || lower[left] != id || lower[right] != id;
                if (isOutline)
                {
                    line[x] = line[x].Mix(Outline, OutlineOpacity);
                }
                else if (id != CellMap.Unpainted)
                {
                    line[x] = line[x].Mix(palette[id], opacity);
                }
            }
        }
    }

    /// <summary>Writes each region's number into its middle, where cells are large enough to hold it.</summary>
    /// <param name="canvas">The canvas of the picture.</param>
    /// <param name="ink">Colour of a class's number, and of the border around it.</param>
    public void DrawNumbers(SKCanvas canvas, Func<int, (SKColor Ink, SKColor Border)> ink)
    {
        if (Side < LeastNumberedSide)
        {
            return;
        }

        using var lettering = new Lettering(Side * NumberSize);
        foreach (var (row, column, id) in CellRegions.Centres(Map))
        {
            var (x, y) = (Area.Left + ((column + 0.5f) * Side), Area.Top + ((row + 0.5f) * Side));
            var (colour, border) = ink(id);
            lettering.DrawBordered(canvas, id.ToString(CultureInfo.InvariantCulture), x, y, colour, border);
        }
    }

    private ReadOnlySpan<int> Row(int row) => Map.Ids.AsSpan(row * Map.Columns, Map.Columns);
}
