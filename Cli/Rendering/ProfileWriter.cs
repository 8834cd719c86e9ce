using System.Globalization;
using Gpu.Cli.Commands;
using Gpu.Cli.Laboratory;

namespace Gpu.Cli.Rendering;

/// <summary>Prints a profile, a row a layer.</summary>
internal static class ProfileWriter
{
    private static readonly RowWriter<LayerProfile> Rows = new(
        new("layer", l => l.Timing.Layer),
        new("algorithm", l => l.Timing.Algorithm),
        new("ms", l => l.Timing.Elapsed.TotalMilliseconds, l => Text($"{l.Timing.Elapsed.TotalMilliseconds:F3}")),
        new("share", l => l.Share, l => Text($"{100 * l.Share:F1} %")),
        new("flops", l => l.Timing.Cost.Flops, l => Text($"{l.Timing.Cost.Flops / 1e6:F1}"), "MFLOP"),
        new("bytes", l => l.Timing.Cost.Bytes, l => Text($"{l.Timing.Cost.Bytes / 1e6:F1}"), "MB"),
        new("gflops", l => l.FlopsPerSecond / 1e9, l => Text($"{l.FlopsPerSecond / 1e9:F1}"), "GFLOP/s"),
        new("gigabytes_per_second", l => l.BytesPerSecond / 1e9, l => Text($"{l.BytesPerSecond / 1e9:F1}"), "GB/s"),
        new("percent_of_roofline", l => l.PercentOfRoof, l => Text($"{l.PercentOfRoof:F0}"), "% of roofline"),
        new("bound", BoundOf));

    public static void Write(OutputFormat format, TextWriter output, string title, NetworkProfile profile)
    {
        if (format == OutputFormat.Table)
        {
            output.WriteLine(title);
        }

        Rows.Write(format, output, Schemas.Profile, profile.Layers);
        if (format == OutputFormat.Table)
        {
            var (seconds, flops) = (profile.Layers.Sum(l => l.Seconds), profile.Layers.Sum(l => l.Timing.Cost.Flops));
            output.WriteLine(Text($"all layers {seconds * 1e3:F2} ms, {flops / seconds / 1e9:F1} GFLOP/s"));
            if (profile.Disturbance is { } disturbance)
            {
                output.WriteLine($"! disturbed, {disturbance}.");
            }
        }
    }

    /// <summary>The lower roof of a layer.</summary>
    private static string BoundOf(LayerProfile layer) => layer.Roof is null ? string.Empty : layer.IsMemoryBound ? "memory" : "arithmetic";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
