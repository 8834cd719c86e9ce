using Gpu.Engine.Plans;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;

namespace Gpu.Cli.Laboratory;

/// <summary>
/// A layer's part in a run, beside what its device could do: by the roofline (Williams, Waterman, Patterson, "Roofline: An Insightful
/// Visual Performance Model", 2009) no less than its flops at the peak of multiply-adds, and no less than its bytes at the memory's rate.
/// </summary>
/// <param name="Timing">The layer's median run.</param>
/// <param name="PeakFlops">Flops a second of the device at the most; null if it is not known.</param>
/// <param name="PeakBytes">Bytes a second at the most; null if it is not known.</param>
/// <param name="Share">Of the time of all layers.</param>
internal sealed record LayerProfile(LayerTiming Timing, double? PeakFlops, double? PeakBytes, double Share)
{
    public double Seconds => Timing.Elapsed.TotalSeconds;

    public double FlopsPerSecond => Timing.Cost.Flops / Seconds;

    public double BytesPerSecond => Timing.Cost.Bytes / Seconds;

    /// <summary>Flops for each byte, as the direct algorithm has them.</summary>
    public double Intensity => Timing.Cost.Flops / (double)Timing.Cost.Bytes;

    /// <summary>What the roofline allows, in flops a second.</summary>
    public double? Roof => PeakFlops is { } flops && PeakBytes is { } bytes ? Math.Min(flops, Intensity * bytes) : null;

    /// <summary>Whether the memory is the lower roof.</summary>
    public bool IsMemoryBound => PeakFlops is { } flops && PeakBytes is { } bytes && Intensity * bytes < flops;

    /// <summary>What is reached of it, in percent; an algorithm with fewer flops than the direct one, or data in a cache, may exceed it.</summary>
    public double? PercentOfRoof => 100 * FlopsPerSecond / Roof;
}
