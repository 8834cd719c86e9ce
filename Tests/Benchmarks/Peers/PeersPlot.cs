using System.Globalization;
using Gpu.Cli.Rendering;
using ScottPlot;

namespace Gpu.Benchmarks.Peers;

/// <summary>Draws the medians of the comparison as bars, each workload by itself, ONNX Runtime's as 1.</summary>
internal static class PeersPlot
{
    private const int Width = 1000;
    private const int RowHeight = 70;
    private const int Margins = 110;

    public static void Write(string path, IReadOnlyList<PeerRecord> peers)
    {
        PlotFont.Use();
        var plot = new Plot();
        plot.Font.Set(PlotFont.Name);
        foreach (var (row, peer) in peers.Reverse().Index())
        {
            AddBar(plot, row + 0.18, 1, Colors.Gray, string.Create(CultureInfo.InvariantCulture, $"ONNX Runtime {peer.Theirs.Median:F0} ms"));
            AddBar(plot, row - 0.18, peer.Ours.Median / peer.Theirs.Median, Colors.SteelBlue, string.Create(CultureInfo.InvariantCulture, $"ours {peer.Ours.Median:F0} ms"));
        }

        plot.Axes.Left.SetTicks([.. peers.Select((_, i) => (double)i)], [.. peers.Reverse().Select(p => p.Workload)]);
        plot.Axes.Left.TickLabelStyle.FontSize = 13;
        plot.Axes.SetLimits(0, 1.6, -0.6, peers.Count - 0.4);
        plot.XLabel("time of a run, ONNX Runtime's as 1");
        plot.HideGrid();
        plot.SaveSvg(path, Width, (RowHeight * peers.Count) + Margins);
    }

    private static void AddBar(Plot plot, double position, double value, Color colour, string label)
    {
        var bar = plot.Add.Bar(new Bar { Position = position, Value = value, FillColor = colour, Orientation = Orientation.Horizontal, Size = 0.34, Label = label, LineWidth = 0 });
        bar.ValueLabelStyle.FontSize = 13;
        bar.ValueLabelStyle.FontName = PlotFont.Name;
    }
}
