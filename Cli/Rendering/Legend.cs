using System.Globalization;
using SkiaSharp;

namespace Gpu.Cli.Rendering;

/// <summary>
/// The colours, numbers and names of a map's classes, one below the other. Long names are broken into lines; a list longer
/// than the picture beside it continues in further columns.
/// </summary>
internal sealed class Legend : IDisposable
{
    private const float TextSize = 15;
    private const float SwatchSide = 18;
    private const float WidestName = 300;
    private const float Gap = 8;
    private const float ColumnGap = 28;
    private const float EntryGap = 6;

    private readonly Lettering lettering;
    private readonly IReadOnlyList<SKColor> colours;
    private readonly List<string>[] names;
    private readonly List<(float X, float Y)> places = [];
    private readonly float scale;
    private readonly float numberWidth;

    /// <summary>Lays the legend out.</summary>
    /// <param name="map">The map it explains.</param>
    /// <param name="colours">A colour for each of the map's classes.</param>
    /// <param name="scale">Size relative to a picture of ordinary size.</param>
    /// <param name="height">Height of the picture beside it, in pixels.</param>
    public Legend(CellMap map, IReadOnlyList<SKColor> colours, float scale, float height)
    {
        this.colours = colours;
        this.scale = scale;
        lettering = new Lettering(TextSize * scale);
        names = [.. map.Names.Select(name => lettering.Wrap(name, WidestName * scale))];
        numberWidth = lettering.Width(new string('0', Math.Max(0, names.Length - 1).ToString(CultureInfo.InvariantCulture).Length));
        var columnWidth = ((SwatchSide + (2 * Gap)) * scale) + numberWidth + names.Select(lines => lines.Max(lettering.Width)).DefaultIfEmpty().Max();

        // A very long list grows in both directions, and one beside a very small picture downwards.
        height = Math.Max(height, names.Select(EntryHeight).DefaultIfEmpty().Max());
        var columns = Arrange(columnWidth, height);
        while (columns > 1 && columns * columnWidth > height * 1.2f)
        {
            height *= 1.1f;
            columns = Arrange(columnWidth, height);
        }

        Width = (columns * columnWidth) + ((columns - 1) * ColumnGap * scale);
        Height = names.Select((lines, id) => places[id].Y + EntryHeight(lines) - (EntryGap * scale)).DefaultIfEmpty().Max();
    }

    /// <summary>Width in pixels.</summary>
    public float Width { get; }

    /// <summary>Height in pixels.</summary>
    public float Height { get; }

    /// <summary>Draws the legend with its upper left corner at a point.</summary>
    public void Draw(SKCanvas canvas, float left, float top)
    {
        using var paint = new SKPaint { IsAntialias = true };
        var side = SwatchSide * scale;
        for (var id = 0; id < names.Length; id++)
        {
            var (x, y) = (left + places[id].X, top + places[id].Y);
            var middle = y + (lettering.LineHeight / 2);
            var swatch = new SKRect(x, middle - (side / 2), x + side, middle + (side / 2));
            paint.Style = SKPaintStyle.Fill;
            paint.Color = colours[id];
            canvas.DrawRoundRect(swatch, 3 * scale, 3 * scale, paint);
            paint.Style = SKPaintStyle.Stroke;
            paint.StrokeWidth = scale;
            paint.Color = Ink.Line;
            canvas.DrawRoundRect(swatch, 3 * scale, 3 * scale, paint);

            var number = x + side + (Gap * scale) + numberWidth;
            lettering.Draw(canvas, id.ToString(CultureInfo.InvariantCulture), number, middle, SKTextAlign.Right, Ink.Faint);
            foreach (var line in names[id])
            {
                lettering.Draw(canvas, line, number + (Gap * scale), middle, SKTextAlign.Left, Ink.Text);
                middle += lettering.LineHeight;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => lettering.Dispose();

    /// <summary>Fills columns of a height from the left, and returns their number.</summary>
    private int Arrange(float columnWidth, float height)
    {
        places.Clear();
        var (column, y) = (0, 0f);
        foreach (var lines in names)
        {
            var entry = EntryHeight(lines);
            if (y > 0 && y + entry > height + (EntryGap * scale))
            {
                column++;
                y = 0;
            }

            places.Add((column * (columnWidth + (ColumnGap * scale)), y));
            y += entry;
        }

        return column + 1;
    }

    private float EntryHeight(List<string> lines) => (lines.Count * lettering.LineHeight) + (EntryGap * scale);
}
