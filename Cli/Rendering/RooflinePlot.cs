using System.Globalization;
using Gpu.Cli.Laboratory;
using ScottPlot;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace Gpu.Cli.Rendering;

/// <summary>
/// Draws layers under a device's roofline: flops a byte to the right, flops a second upwards, both logarithmic. A point's area grows
/// with its share of the time; near points share a name.
/// </summary>
internal static class RooflinePlot
{
    private const int Width = 1200;
    private const int Height = 800;
    private const float TitleSize = 17;
    private const float NameSize = 15;
    private const float SmallestPoint = 7;

    /// <summary>Diameter of a point that takes all of the time.</summary>
    private const float LargestPoint = 60;

    /// <summary>Points nearer than this, in pixels, share a name.</summary>
    private const float Near = 5;

    /// <summary>Layers that take less of the time are left out.</summary>
    private const double LeastShare = 1e-3;

    /// <summary>What follows the layers has so few flops that its rate would stretch the axis by powers of ten.</summary>
    private const string LeftOut = "softmax";

    /// <summary>Around the axes: room for the ticks' labels, the last of which may stand at the very end.</summary>
    private static readonly PixelPadding Margins = new(left: 120, right: 40, bottom: 85, top: 70);

    private static readonly Dictionary<string, ImageFormat?> Formats = new(StringComparer.OrdinalIgnoreCase) { [".png"] = ImageFormat.Png, [".svg"] = ImageFormat.Svg };

    private static readonly Color RoofColour = Color.FromHex("#444444");
    private static readonly Color PointColour = Color.FromHex("#1f6fb4");
    private static readonly Color FewPercent = Color.FromHex("#c0504d");

    /// <summary>Whether the file's ending is one that can be written.</summary>
    public static bool IsKnown(string path) => Formats.ContainsKey(Path.GetExtension(path));

    /// <summary>Draws.</summary>
    /// <param name="path">The file, .png or .svg; replaced if it exists.</param>
    /// <param name="title">What ran where.</param>
    /// <param name="profile">The layers.</param>
    /// <exception cref="OutputFileException">It cannot be written.</exception>
    public static void Write(string path, string title, NetworkProfile profile)
    {
        PlotFont.Use();
        var layers = profile.Layers.Where(l => l.Share >= LeastShare && l.Timing.Layer != LeftOut).ToList();
        var plot = new Plot();
        plot.Font.Set(PlotFont.Name);
        plot.Layout.Fixed(Margins);
        using (var lettering = new Lettering(TitleSize))
        {
            plot.Title(string.Join('\n', lettering.Wrap(title, Width - Margins.Left - Margins.Right)), TitleSize);
        }

        plot.XLabel("flops of the direct algorithm for each byte\n(a point's area: share of the time; red: less than half of the roofline)", NameSize);
        plot.YLabel("GFLOP/s", NameSize);
        var (left, right) = (layers.Min(l => Math.Log10(l.Intensity)) - 0.3, layers.Max(l => Math.Log10(l.Intensity)) + 0.5);
        var bottom = layers.Min(l => Gigaflops(l.FlopsPerSecond)) - 0.3;
        var top = layers.Max(l => Gigaflops(Math.Max(l.FlopsPerSecond, l.Roof ?? 0))) + 0.4;
        plot.Axes.SetLimits(left, right, bottom, top);
        Logarithmic(plot.Axes.Bottom);
        Logarithmic(plot.Axes.Left);
        foreach (var layer in layers)
        {
            var colour = layer.PercentOfRoof < 50 ? FewPercent : PointColour;
            plot.Add.Marker(Math.Log10(layer.Intensity), Gigaflops(layer.FlopsPerSecond), MarkerShape.FilledCircle, Diameter(layer), colour.WithAlpha(0.65));
        }

        // Where the points lie is known once the axes are.
        plot.RenderInMemory(Width, Height);
        var writing = new Writing(plot);
        if (layers[0] is { PeakFlops: { } flops, PeakBytes: { } bytes })
        {
            AddRoof(writing, flops, bytes);
        }

        AddNames(writing, layers);
        OutputFile.Write(path, stream => Save(plot, Formats[Path.GetExtension(path)]!.Value, stream));
    }

    private static void Save(Plot plot, ImageFormat format, Stream stream)
    {
        if (format == ImageFormat.Svg)
        {
            using var writer = new StreamWriter(stream, leaveOpen: true);
            writer.Write(plot.GetSvgXml(Width, Height));
        }
        else
        {
            stream.Write(plot.GetImageBytes(Width, Height, format));
        }
    }

    private static float Diameter(LayerProfile layer) => Math.Max(SmallestPoint, LargestPoint * (float)Math.Sqrt(layer.Share));

    private static double Gigaflops(double flopsPerSecond) => Math.Log10(flopsPerSecond / 1e9);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Logarithmic(IAxis axis)
    {
        axis.TickGenerator = new NumericAutomatic
        {
            MinorTickGenerator = new LogMinorTickGenerator(),
            IntegerTicksOnly = true,
            LabelFormatter = exponent => Text($"{Math.Pow(10, exponent):#,0.######}"),
        };
        axis.TickLabelStyle.FontSize = 14;
    }

    /// <summary>The memory's slope and the arithmetic's ceiling, with their rates above them.</summary>
    private static void AddRoof(Writing writing, double flops, double bytes)
    {
        var axes = writing.Plot.Axes.GetLimits();
        var ridge = Math.Log10(flops / bytes);
        var (ceiling, slope) = (Gigaflops(flops), Gigaflops(bytes));
        if (ridge > axes.Left)
        {
            var end = Math.Min(ridge, axes.Right);
            writing.AddRoof(
                new Coordinates(axes.Left, slope + axes.Left), new Coordinates(end, slope + end), Text($"memory {bytes / 1e9:N0} GB/s"), (axes.Left + end) / 2);
        }

        if (ridge < axes.Right)
        {
            writing.AddRoof(new Coordinates(Math.Max(ridge, axes.Left), ceiling), new Coordinates(axes.Right, ceiling), Text($"{flops / 1e9:N0} GFLOP/s"), axes.Right);
        }
    }

    private static void AddNames(Writing writing, List<LayerProfile> layers) => writing.AddNames(
        Groups(layers.Select(l => (l, writing.Plot.GetPixel(new Coordinates(Math.Log10(l.Intensity), Gigaflops(l.FlopsPerSecond)))))));

    /// <summary>Points with their radii and names; names of near points are joined.</summary>
    private static List<(Pixel Place, float Radius, string Name)> Groups(IEnumerable<(LayerProfile Layer, Pixel Place)> points)
    {
        var groups = new List<(Pixel Place, List<LayerProfile> Layers)>();
        foreach (var (layer, place) in points)
        {
            var group = groups.Find(g => Math.Abs(g.Place.X - place.X) < Near && Math.Abs(g.Place.Y - place.Y) < Near);
            if (group.Layers is null)
            {
                groups.Add((place, [layer]));
            }
            else
            {
                group.Layers.Add(layer);
            }
        }

        return [.. groups.Select(g => (g.Place, (g.Layers.Max(Diameter) / 2) + (g.Layers.Count > 1 ? Near : 0), string.Join(", ", g.Layers.Select(l => l.Timing.Layer.Split('/')[^1]))))];
    }

    /// <summary>Lines and texts of a plot whose axes are known, in pixels of its data's area.</summary>
    private sealed class Writing(Plot plot)
    {
        /// <summary>Between a line and the text above it.</summary>
        private const float TextMargin = 6;

        private readonly PixelRect area = plot.LastRender.DataRect;
        private readonly List<Segment> lines = [];
        private readonly List<SKRect> texts = [];

        public Plot Plot => plot;

        /// <summary>Draws a part of the roof.</summary>
        /// <param name="begin">Its left end.</param>
        /// <param name="end">Its right end.</param>
        /// <param name="text">Written above it.</param>
        /// <param name="textEnd">Where the text ends, if there is room for it to the left.</param>
        public void AddRoof(Coordinates begin, Coordinates end, string text, double textEnd)
        {
            using var lettering = new Lettering(NameSize);
            plot.Add.Line(begin, end).LineStyle = new LineStyle(2, RoofColour);
            var line = new Segment(Place(plot.GetPixel(begin)), Place(plot.GetPixel(end)));
            lines.Add(line);
            var width = lettering.Width(text) + (2 * TextMargin);
            var x = Math.Clamp(Place(plot.GetPixel(new Coordinates(textEnd, 0))).X, Math.Min(width, line.To.X), line.To.X);
            var y = line.From.Y + ((line.To.Y - line.From.Y) * (x - line.From.X) / (line.To.X - line.From.X));
            texts.Add(SKRect.Create(Math.Max(0, x - width) + TextMargin, y - lettering.LineHeight - 2, width - (2 * TextMargin), lettering.LineHeight));
            Write(text, texts[^1]);
        }

        public void AddNames(IReadOnlyList<(Pixel Place, float Radius, string Name)> points)
        {
            using var lettering = new Lettering(NameSize);
            var named = points.Select(p => new NamedPoint(Place(p.Place), p.Radius, new SKSize(lettering.Width(p.Name), lettering.LineHeight))).ToList();
            var places = new PointNames(new SKSize(area.Width, area.Height), named, texts, lines).Place();
            foreach (var (name, place) in points.Zip(places, (p, place) => (p.Name, place)).Where(n => n.place is not null))
            {
                Write(name, place!.Value.Text);
                if (place.Value.Leader is { } leader)
                {
                    plot.Add.Line(At(leader.From), At(leader.To)).LineStyle = new LineStyle(1, RoofColour.WithAlpha(0.5));
                }
            }
        }

        private void Write(string text, SKRect place)
        {
            var label = plot.Add.Text(text, At(new SKPoint(place.Left, place.MidY)));
            label.LabelFontSize = NameSize;
            label.LabelFontName = PlotFont.Name;
            label.LabelFontColor = RoofColour;
            label.LabelAlignment = Alignment.MiddleLeft;
        }

        private SKPoint Place(Pixel pixel) => new(pixel.X - area.Left, pixel.Y - area.Top);

        private Coordinates At(SKPoint place) => plot.GetCoordinates(new Pixel(place.X + area.Left, place.Y + area.Top));
    }
}
