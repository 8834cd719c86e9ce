using System.Runtime.Intrinsics;
using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>Weights rounded to integers of 20 bits as <see cref="Int20Lanes"/> has them: 5 rows of lanes. The scale takes the largest weight to the largest integer.</summary>
internal sealed unsafe class FullyConnectedInt20Filter : FullyConnectedScaledFilter
{
    private const int GroupPairs = GroupRows / 2;

    /// <summary>Weights below it are zero: scales and their inverses are normal numbers.</summary>
    private const float Smallest = 1e-25f;

    public FullyConnectedInt20Filter(string layout, FullyConnectedKernelTable kernels, HostThreads threads, FilterSource source)
        : base(layout, kernels.VectorLength, kernels.Int20, source, GroupPairs + 1) => Read(source, threads);

    protected override (float Stored, float Product) ScalesFor(float largest)
    {
        largest = MathF.Max(largest, Smallest);
        return (Int20Lanes.Largest / largest, largest / Int20Lanes.Largest / Int20Lanes.Unit);
    }

    protected override void Store(float* rows, float scale, int* destination)
    {
        var remainders = Vector128<int>.Zero;
        for (var row = 0; row < GroupRows; row += 2, rows += 2 * VectorLength, destination += Outputs)
        {
            var even = Int20Lanes.Round(Vector128.Load(rows) * scale);
            var odd = Int20Lanes.Round(Vector128.Load(rows + VectorLength) * scale);
            Int20Lanes.Pair(even, odd).Store(destination);
            remainders |= Int20Lanes.Remainder(even, row) | Int20Lanes.Remainder(odd, row + 1);
        }

        remainders.Store(destination);
    }
}
