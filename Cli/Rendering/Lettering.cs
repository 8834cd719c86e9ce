using SkiaSharp;

namespace Gpu.Cli.Rendering;

/// <summary>Text in pictures. The typeface is a resource of the program, as a machine may have no fonts at all.</summary>
internal sealed class Lettering : IDisposable
{
    private const string Resource = "Gpu.Cli.Rendering.Fonts.DejaVuSans.ttf";

    private static readonly Lazy<SKTypeface> Typeface = new(LoadTypeface);

    private readonly SKFont font;
    private readonly SKPaint paint = new() { IsAntialias = true };

    /// <summary>Prepares text of a size.</summary>
    /// <param name="size">Height of the em square in pixels.</param>
    public Lettering(float size)
    {
        font = new SKFont(Typeface.Value, size) { Subpixel = true, Edging = SKFontEdging.Antialias };
        var metrics = font.Metrics;
        LineHeight = MathF.Ceiling((metrics.Descent - metrics.Ascent) * 1.05f);
        CapHeight = metrics.CapHeight;
    }

    /// <summary>Distance of baselines.</summary>
    public float LineHeight { get; }

    /// <summary>Height of capital letters and digits.</summary>
    public float CapHeight { get; }

    /// <summary>Width of a text in pixels.</summary>
    public float Width(string text) => font.MeasureText(text);

    /// <summary>Draws a text whose capitals are centred on <paramref name="middle"/>.</summary>
    public void Draw(SKCanvas canvas, string text, float x, float middle, SKTextAlign align, SKColor colour)
    {
        paint.Style = SKPaintStyle.Fill;
        paint.Color = colour;
        canvas.DrawText(text, x, middle + (CapHeight / 2), align, font, paint);
    }

    /// <summary>Draws a text with a border around its letters, for backgrounds of any colour.</summary>
    public void DrawBordered(SKCanvas canvas, string text, float x, float middle, SKColor colour, SKColor border)
    {
        paint.Style = SKPaintStyle.Stroke;
        paint.StrokeWidth = font.Size / 5;
        paint.StrokeJoin = SKStrokeJoin.Round;
        paint.Color = border;
        canvas.DrawText(text, x, middle + (CapHeight / 2), SKTextAlign.Center, font, paint);
        Draw(canvas, text, x, middle, SKTextAlign.Center, colour);
    }

    /// <summary>A text no wider than <paramref name="width"/>, cut with an ellipsis if need be.</summary>
    public string Shorten(string text, float width)
    {
        const string ellipsis = "…";
        return Width(text) <= width ? text : text[..(int)font.BreakText(text, MathF.Max(0, width - Width(ellipsis)))] + ellipsis;
    }

    /// <summary>Breaks a text into lines no wider than <paramref name="width"/>, at spaces where there are any.</summary>
    public List<string> Wrap(string text, float width)
    {
        var lines = new List<string>();
        var line = "";
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var longer = line.Length == 0 ? word : $"{line} {word}";
            if (Width(longer) > width && line.Length > 0)
            {
                lines.Add(line);
                longer = word;
            }

            while (Width(longer) > width && longer.Length > 1)
            {
                var fitting = Math.Clamp((int)font.BreakText(longer, width), 1, longer.Length - 1);
                lines.Add(longer[..fitting]);
                longer = longer[fitting..];
            }

            line = longer;
        }

        lines.Add(line);
        return lines;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        font.Dispose();
        paint.Dispose();
    }

    public static SKTypeface LoadTypeface()
    {
        using var stream = typeof(Lettering).Assembly.GetManifestResourceStream(Resource)!;
        return SKTypeface.FromStream(stream);
    }
}
