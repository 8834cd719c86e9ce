using Gpu.Engine.Plans;

namespace Gpu.Cli.Laboratory;

/// <summary>A layer of a run with its place on the time line.</summary>
/// <param name="End">When it ended.</param>
/// <param name="Timing">What ran, and how long.</param>
internal sealed record TracedLayer(TimeSpan End, LayerTiming Timing)
{
    /// <summary>When it began.</summary>
    public TimeSpan Start => End - Timing.Elapsed;
}
