using System.Runtime.Intrinsics;
using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>
/// Weights rounded to float16: 4 rows of lanes, a pair's first row in the low halves of lanes. The scale is the power of two that takes the
/// largest weight to between 2^14 and 2^15: none becomes infinite, and those above 2^-28 of it keep their 11 significant bits.
/// </summary>
internal sealed unsafe class FullyConnectedFloat16Filter : FullyConnectedScaledFilter
{
    private const int GroupPairs = GroupRows / 2;

    /// <summary>Exponent of the largest weight after scaling; float16's largest is 15.</summary>
    private const int LargestExponent = 14;

    /// <summary>Scales and their inverses are normal numbers.</summary>
    private const int LargestScale = 126;

    public FullyConnectedFloat16Filter(string layout, FullyConnectedKernelTable kernels, HostThreads threads, FilterSource source)
        : base(layout, kernels.VectorLength, kernels.Float16, source, GroupPairs) => Read(source, threads);

    protected override (float Stored, float Product) ScalesFor(float largest)
    {
        var scale = largest == 0 ? 1 : MathF.ScaleB(1, Math.Clamp(LargestExponent - MathF.ILogB(largest), -LargestScale, LargestScale));
        return (scale, 1 / scale);
    }

    protected override void Store(float* rows, float scale, int* destination)
    {
        for (var pair = 0; pair < GroupPairs; pair++, rows += 2 * VectorLength, destination += Outputs)
        {
            var low = Float16Lanes.Round(Vector128.Load(rows) * scale);
            var high = Float16Lanes.Round(Vector128.Load(rows + VectorLength) * scale);
            (low | (high << Float16Lanes.HighHalf)).Store(destination);
        }
    }
}
