using System.Globalization;
using Gpu.Engine.Results;
using Gpu.Loader.Labels;
using SkiaSharp;

namespace Gpu.Cli.Rendering;

/// <summary>
/// A confusion matrix: a row a class that pictures are of, a column a class that they were taken for; what is right in blue, on the
/// diagonal, mistakes in orange. A cell's depth is the share of its row, by its square root, so that rare mistakes show. Few classes
/// have their names at the sides and numbers in the cells, many the indices of some. At the right the scale and the greatest mistakes.
/// </summary>
internal static class ConfusionPicture
{
    /// <summary>Most classes of a network: a pixel for each.</summary>
    public const int GreatestCount = 8192;

    private const int OrdinaryExtent = 832;
    private const int GreatestCell = 40;
    private const int LeastCell = 2;

    /// <summary>Of more classes a cell is a pixel.</summary>
    private const int ManyClasses = 2048;

    private const int LeastNamedCell = 13;
    private const int LeastNumberedCell = 20;
    private const float Padding = 20;
    private const float Gap = 6;
    private const float TextSize = 13;
    private const float NumberSize = 0.42f; // Of a cell's side.
    private const float WidestName = 190;
    private const float TickDistance = 48;
    private const float BarWidth = 240;
    private const float BarHeight = 14;
    private const int ListedMistakes = 20;

    // ColorBrewer's sequential Blues and Oranges (Brewer, Hatchard and Harrower 2003), of nine steps.
    private static readonly SKColor[] Right =
    [
        new(0xFFF7FBFF), new(0xFFDEEBF7), new(0xFFC6DBEF), new(0xFF9ECAE1), new(0xFF6BAED6), new(0xFF4292C6), new(0xFF2171B5), new(0xFF08519C), new(0xFF08306B),
    ];

    private static readonly SKColor[] Wrong =
    [
        new(0xFFFFF5EB), new(0xFFFEE6CE), new(0xFFFDD0A2), new(0xFFFDAE6B), new(0xFFFD8D3C), new(0xFFF16913), new(0xFFD94801), new(0xFFA63603), new(0xFF7F2704),
    ];

    private static readonly SKColor Grid = new(0xFFEDEDED);

    /// <summary>Draws the matrix of the classes that occur.</summary>
    /// <param name="evaluation">At least one picture.</param>
    /// <returns>The picture; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">There are no pictures, or too many classes.</exception>
    public static SKBitmap Draw(Evaluation evaluation)
    {
        var classes = ConfusionTable.Classes(evaluation);
        ArgumentOutOfRangeException.ThrowIfZero(classes.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(classes.Count, GreatestCount);
        var side = classes.Count > ManyClasses ? 1 : Math.Clamp(OrdinaryExtent / classes.Count, LeastCell, GreatestCell);
        var extent = side * classes.Count;
        var scale = PictureScale.For(extent, extent);
        using var lettering = new Lettering(TextSize * scale);
        string[] names = [.. classes.Select(c => side < LeastNamedCell ? $"{c.Index}" : lettering.Shorten(FirstName(c), WidestName * scale))];
        var around = (int)MathF.Ceiling(((Padding + Gap) * scale) + names.Max(lettering.Width) + (lettering.LineHeight * 1.2f));
        var area = SKRectI.Create(around, around, extent, extent);
        var mistakes = evaluation.Confusions.Where(c => c.Truth.Index != c.Predicted.Index).OrderByDescending(c => c.Pictures).Take(ListedMistakes)
            .Select(c => lettering.Shorten($"{c.Pictures} x {FirstName(c.Truth)} as {FirstName(c.Predicted)}", 2 * BarWidth * scale)).ToList();
        var right = Math.Max(BarWidth * scale, mistakes.Select(lettering.Width).DefaultIfEmpty().Max());
        var height = Math.Max(area.Bottom, area.Top + (BarHeight * 5 * scale) + (lettering.LineHeight * (mistakes.Count + 5)));
        var picture = new SKBitmap(new SKImageInfo(
            (int)MathF.Ceiling(area.Right + right + (3 * Padding * scale)), (int)MathF.Ceiling(height + (Padding * scale)), SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var canvas = new SKCanvas(picture);
        canvas.Clear(SKColors.White);
        DrawCells(canvas, evaluation, classes, area, side);
        DrawAxes(canvas, names, area, side, lettering, scale);
        DrawLegend(canvas, mistakes, area.Right + (2 * Padding * scale), area.Top, lettering, scale);
        return picture;
    }

    /// <summary>The colour of a cell.</summary>
    /// <param name="share">The cell's share of its row, 0..1.</param>
    /// <param name="isRight">Whether the cell lies on the diagonal.</param>
    public static SKColor Colour(double share, bool isRight)
    {
        var steps = isRight ? Right : Wrong;
        var position = Math.Sqrt(Math.Clamp(share, 0, 1)) * (steps.Length - 1);
        var lower = Math.Min((int)position, steps.Length - 2);
        var (from, to, fraction) = (steps[lower], steps[lower + 1], position - lower);
        return new SKColor(Level(from.Red, to.Red), Level(from.Green, to.Green), Level(from.Blue, to.Blue));

        byte Level(byte start, byte end) => (byte)Math.Round(start + ((end - start) * fraction));
    }

    private static string FirstName(ClassLabel label) => label.Name.Split(',')[0].Trim();

    private static void DrawCells(SKCanvas canvas, Evaluation evaluation, IReadOnlyList<ClassLabel> classes, SKRectI area, int side)
    {
        var places = classes.Select((c, place) => (c.Index, place)).ToDictionary(c => c.Index, c => c.place);
        var totals = evaluation.Classes.ToDictionary(c => c.Label.Index, c => c.Pictures);
        using var paint = new SKPaint { IsAntialias = false };
        using var numbers = new Lettering(Math.Max(1, side * NumberSize));
        if (side >= LeastNamedCell)
        {
            paint.Color = Grid;
            canvas.DrawRect(area, paint);
            paint.Color = SKColors.White;
            for (var cell = 0; cell < classes.Count * classes.Count; cell++)
            {
                canvas.DrawRect(Square(cell / classes.Count, cell % classes.Count), paint);
            }
        }

        foreach (var confusion in evaluation.Confusions)
        {
            var square = Square(places[confusion.Truth.Index], places[confusion.Predicted.Index]);
            paint.Color = Colour((double)confusion.Pictures / totals[confusion.Truth.Index], confusion.Truth.Index == confusion.Predicted.Index);
            canvas.DrawRect(square, paint);
            if (side >= LeastNumberedCell)
            {
                var text = confusion.Pictures.ToString(CultureInfo.InvariantCulture);
                numbers.Draw(canvas, text, square.MidX, square.MidY, SKTextAlign.Center, ClassColours.Ink(paint.Color));
            }
        }

        // Cells that are large enough leave a line between them.
        SKRect Square(int row, int column)
        {
            var inner = side >= LeastNamedCell ? side - 1 : side;
            return SKRect.Create(area.Left + (column * side), area.Top + (row * side), inner, inner);
        }
    }

    private static void DrawAxes(SKCanvas canvas, string[] names, SKRectI area, int side, Lettering lettering, float scale)
    {
        using var line = new SKPaint { Color = Ink.Line, StrokeWidth = scale, Style = SKPaintStyle.Stroke, IsAntialias = true };
        canvas.DrawRect(area.Left - (scale / 2), area.Top - (scale / 2), area.Width + scale, area.Height + scale, line);
        var gap = Gap * scale;
        var step = side < LeastNamedCell ? AxisTicks.Step(TickDistance * scale / side) : 1;
        for (var place = 0; place < names.Length; place += step)
        {
            var middle = (place + 0.5f) * side;
            lettering.Draw(canvas, names[place], area.Left - gap, area.Top + middle, SKTextAlign.Right, Ink.Text);
            DrawUpwards(area.Left + middle, area.Top - gap, names[place], SKTextAlign.Left);
        }

        var edge = (Padding * scale) + (lettering.CapHeight / 2);
        lettering.Draw(canvas, "predicted", area.Left + (area.Width / 2f), edge, SKTextAlign.Center, Ink.Faint);
        DrawUpwards(edge, area.Top + (area.Height / 2f), "truth", SKTextAlign.Center);

        void DrawUpwards(float x, float y, string text, SKTextAlign align)
        {
            canvas.Save();
            canvas.Translate(x, y);
            canvas.RotateDegrees(-90);
            lettering.Draw(canvas, text, 0, 0, align, align == SKTextAlign.Center ? Ink.Faint : Ink.Text);
            canvas.Restore();
        }
    }

    private static void DrawLegend(SKCanvas canvas, List<string> mistakes, float left, float top, Lettering lettering, float scale)
    {
        using var paint = new SKPaint { IsAntialias = false };
        var (width, height) = (BarWidth * scale, BarHeight * scale);
        var y = top + (lettering.CapHeight / 2);
        foreach (var (isRight, title) in new[] { (true, "right, share of the class"), (false, "mistaken, share of the class") })
        {
            lettering.Draw(canvas, title, left, y, SKTextAlign.Left, Ink.Text);
            y += lettering.LineHeight;
            for (var x = 0; x < (int)width; x++)
            {
                // The bar is even in the square root, as the colours are.
                paint.Color = Colour(Math.Pow(x / width, 2), isRight);
                canvas.DrawRect(left + x, y - (height / 2), 1, height, paint);
            }

            y += height + (Gap * scale / 2);
            foreach (var share in new[] { 0.01, 0.1, 0.25, 0.5, 1 })
            {
                var align = share == 1 ? SKTextAlign.Right : SKTextAlign.Center;
                lettering.Draw(canvas, $"{100 * share:0} %", left + (width * (float)Math.Sqrt(share)), y, align, Ink.Faint);
            }

            y += lettering.LineHeight * 1.5f;
        }

        if (mistakes.Count > 0)
        {
            lettering.Draw(canvas, "most frequent mistakes", left, y, SKTextAlign.Left, Ink.Text);
        }

        foreach (var mistake in mistakes)
        {
            y += lettering.LineHeight;
            lettering.Draw(canvas, mistake, left, y, SKTextAlign.Left, Ink.Faint);
        }
    }
}
