using System.Globalization;
using Gpu.Engine.Plans;

namespace Gpu.Cli.Rendering;

/// <summary>One line per layer for <c>--verbose</c>.</summary>
internal static class LayerLine
{
    /// <summary>Layer, algorithm, milliseconds, GFLOP/s.</summary>
    public static string Format(LayerTiming timing) => string.Create(
        CultureInfo.InvariantCulture,
        $"{timing.Layer,-19} {timing.Algorithm,-20} {timing.Elapsed.TotalMilliseconds,10:F3} ms {timing.GigaflopsPerSecond,9:F1} GFLOP/s");
}
