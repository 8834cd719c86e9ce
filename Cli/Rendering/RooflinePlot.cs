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
    private const float NameSize = 15;
    private const float SmallestPoint = 7;

    /// <summary>Diameter of a point that takes all of the time.</summary>
    private const float LargestPoint = 60;

    /// <summary>Points nearer than this, in pixels, share a name.</summary>
    private const float Near = 9;

    /// <summary>Of the text at the roof from the right border, in powers of ten.</summary>
    private const double RoofMargin = 0.03;

    /// <summary>Kept free of names for that text, in pixels.</summary>
    private const float CeilingTextWidth = 150;

    /// <summary>Layers that take less of the time are left out: softmax, thousands of times below the others.</summary>
    private const double LeastShare = 1e-3;

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
        RooflineFont.Use();
        var layers = profile.Layers.Where(l => l.Share >= LeastShare && l.Roof is not null).ToList();
        var plot = new Plot();
        plot.Font.Set(RooflineFont.Name);
        plot.Title(title, 17);
        plot.XLabel("flops of the direct algorithm for each byte", 15);
        plot.YLabel("GFLOP/s", 15);
        var (left, right) = (layers.Min(l => Math.Log10(l.Intensity)) - 0.3, layers.Max(l => Math.Log10(l.Intensity)) + 0.5);
        var bottom = layers.Min(l => Gigaflops(l.FlopsPerSecond)) - 0.3;
        var top = Math.Max(layers.Max(l => Gigaflops(l.FlopsPerSecond)), layers.Max(l => Gigaflops(l.Roof!.Value))) + 0.4;
        plot.Axes.SetLimits(left, right, bottom, top);
        Logarithmic(plot.Axes.Bottom);
        Logarithmic(plot.Axes.Left);
        AddRoof(plot, layers[0], left, right);
        foreach (var layer in layers)
        {
            var colour = layer.PercentOfRoof < 50 ? FewPercent : PointColour;
            plot.Add.Marker(Math.Log10(layer.Intensity), Gigaflops(layer.FlopsPerSecond), MarkerShape.FilledCircle, Diameter(layer), colour.WithAlpha(0.65));
        }

        // Where the points lie is known once the axes are.
        plot.RenderInMemory(Width, Height);
        AddNames(plot, layers);
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
            LabelFormatter = exponent => Text($"{Math.Pow(10, exponent):G4}"),
        };
        axis.TickLabelStyle.FontSize = 14;
    }

    /// <summary>The memory's slope and the arithmetic's ceiling, with their rates.</summary>
    private static void AddRoof(Plot plot, LayerProfile any, double left, double right)
    {
        var (flops, bytes) = (any.PeakFlops!.Value, any.PeakBytes!.Value);
        var ridge = Math.Log10(flops / bytes);
        var (ceiling, slope) = (Gigaflops(flops), Gigaflops(bytes));
        Coordinates[] roof = ridge <= left ? [new(left, ceiling), new(right, ceiling)]
            : ridge >= right ? [new(left, slope + left), new(right, slope + right)]
            : [new(left, slope + left), new(ridge, ceiling), new(right, ceiling)];
        var line = plot.Add.ScatterLine(roof, RoofColour);
        line.LineWidth = 2;
        AddText(plot, Text($"{flops / 1e9:N0} GFLOP/s"), new Coordinates(right - RoofMargin, ceiling), Alignment.LowerRight);
        if (ridge > left)
        {
            var middle = (left + Math.Min(ridge, right)) / 2;
            AddText(plot, Text($"memory {bytes / 1e9:N0} GB/s"), new Coordinates(middle + 0.05, slope + middle), Alignment.UpperLeft);
        }
    }

    private static void AddText(Plot plot, string text, Coordinates place, Alignment alignment)
    {
        var label = plot.Add.Text(text, place);
        label.LabelFontSize = NameSize;
        label.LabelFontName = RooflineFont.Name;
        label.LabelFontColor = RoofColour;
        label.LabelAlignment = alignment;
    }

    private static void AddNames(Plot plot, List<LayerProfile> layers)
    {
        using var lettering = new Lettering(NameSize);
        var area = plot.LastRender.DataRect;
        var placement = new NamePlacement(new SKSize(area.Width, area.Height), step: 6);
        var ceiling = plot.GetPixel(new Coordinates(0, Gigaflops(layers[0].PeakFlops!.Value))).Y - area.Top;
        placement.Reserve(new SKRect(area.Width - CeilingTextWidth, ceiling - lettering.LineHeight, area.Width, ceiling));
        var groups = Groups(layers.Select(l => (l, plot.GetPixel(new Coordinates(Math.Log10(l.Intensity), Gigaflops(l.FlopsPerSecond))))));
        foreach (var (point, radius, _) in groups)
        {
            placement.Reserve(SKRect.Create(point.X - area.Left - radius, point.Y - area.Top - radius, 2 * radius, 2 * radius));
        }

        foreach (var (point, radius, name) in groups)
        {
            var box = SKRect.Create(point.X - area.Left + radius, point.Y - area.Top - radius, 0, 2 * radius);
            if (placement.Place(box, new SKSize(lettering.Width(name) + 6, lettering.LineHeight)) is { } place)
            {
                AddText(plot, name, plot.GetCoordinates(new Pixel(place.Left + area.Left + 3, place.MidY + area.Top)), Alignment.MiddleLeft);
                var end = new Pixel(Math.Clamp(point.X, place.Left + area.Left, place.Right + area.Left), place.MidY + area.Top);
                if (Math.Abs(end.X - point.X) + Math.Abs(end.Y - point.Y) > (2 * radius) + lettering.LineHeight)
                {
                    plot.Add.Line(plot.GetCoordinates(point), plot.GetCoordinates(end)).Color = RoofColour.WithAlpha(0.5);
                }
            }
        }
    }

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

        return [.. groups.Select(g => (g.Place, g.Layers.Max(Diameter) / 2, string.Join(", ", g.Layers.Select(l => l.Timing.Layer.Split('/')[^1]))))];
    }
}
