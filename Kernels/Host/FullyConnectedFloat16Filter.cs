using System.Runtime.Intrinsics;
using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>
/// Weights rounded to float16: <c>[group][4 pairs of rows][output]</c>, a pair's first row in the low halves of 32-bit lanes, zeros for
/// rows and outputs beyond the last. The weights of a group and a vector share a scale, the power of two that takes the largest to
/// between 2^14 and 2^15: none becomes infinite, and those above 2^-28 of it keep their 11 significant bits.
/// </summary>
internal sealed unsafe class FullyConnectedFloat16Filter : FullyConnectedFilter
{
    private const int GroupPairs = GroupRows / 2;

    /// <summary>Exponent of the largest weight after scaling; float16's largest is 15.</summary>
    private const int LargestExponent = 14;

    /// <summary>Scales and their inverses are normal numbers.</summary>
    private const int LargestScale = 126;

    private readonly FullyConnectedKernelTable kernels;
    private readonly HostBuffer pairs;
    private readonly HostBuffer scales;

    public FullyConnectedFloat16Filter(string layout, FullyConnectedKernelTable kernels, HostThreads threads, FilterSource source)
        : base(layout, kernels.VectorLength, source)
    {
        this.kernels = kernels;
        pairs = new HostBuffer(sizeof(float) * (long)Groups * GroupPairs * Outputs);
        scales = new HostBuffer(sizeof(float) * (long)Groups * Vectors);
        ReadGroups(source, threads, firstOutput: 0, Round);
    }

    public override long Bytes => base.Bytes + pairs.Bytes + scales.Bytes;

    private int Outputs => Vectors * VectorLength;

    public override void Multiply(
        int group, int vector, int vectorsEnd, float* input, nint inputPosition, nint positions, float* sums, nint sumsVector) =>
        kernels.RunFloat16(
            input, inputPosition, positions, Row(group, 0) + (vector * VectorLength), Outputs,
            scales.Start + ((nint)group * Vectors) + vector, vectorsEnd - vector, sums, sumsVector);

    protected override void Dispose(bool disposing)
    {
        pairs.Dispose();
        scales.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>The power of two by which weights are multiplied; not a number if one of them is none or infinite.</summary>
    private static float Scale(float largest) => largest switch
    {
        0 => 1,
        _ when float.IsFinite(largest) => MathF.ScaleB(1, Math.Clamp(LargestExponent - MathF.ILogB(largest), -LargestScale, LargestScale)),
        _ => float.NaN,
    };

    private float* Row(int group, int pair) => pairs.Start + ((((nint)group * GroupPairs) + pair) * Outputs);

    private void Round(int group, int firstOutput, int outputs, ReadOnlySpan<float> rows)
    {
        // The rows of one vector, zeros beyond the last row and output.
        var block = stackalloc float[GroupRows * VectorLength];
        var values = new Span<float>(block, GroupRows * VectorLength);
        values.Clear();
        var padded = firstOutput + outputs == Shape.OutputChannels ? Outputs - firstOutput : outputs;
        for (var column = 0; column < padded; column += VectorLength)
        {
            var first = Math.Min(column, outputs);
            var lanes = Math.Min(VectorLength, outputs - first);
            for (var r = 0; r * outputs < rows.Length; r++)
            {
                var row = values.Slice(r * VectorLength, VectorLength);
                rows.Slice((r * outputs) + first, lanes).CopyTo(row);
                row[lanes..].Clear();
            }

            var scale = Scale(Largest(block));
            var vector = (firstOutput + column) / VectorLength;
            scales.Start[((nint)group * Vectors) + vector] = 1 / scale;
            for (var pair = 0; pair < GroupPairs; pair++)
            {
                var even = block + (2 * pair * VectorLength);
                var destination = (int*)Row(group, pair) + (vector * VectorLength);
                for (var lane = 0; lane < VectorLength; lane += Vector128<float>.Count)
                {
                    var low = Float16Lanes.Round(Vector128.Load(even + lane) * scale);
                    var high = Float16Lanes.Round(Vector128.Load(even + VectorLength + lane) * scale);
                    (low | (high << Float16Lanes.HighHalf)).Store(destination + lane);
                }
            }
        }
    }

    /// <summary>The largest magnitude of a block; not a number if one of its values is none.</summary>
    private float Largest(float* block)
    {
        var largest = Vector128<float>.Zero;
        for (var i = 0; i < GroupRows * VectorLength; i += Vector128<float>.Count)
        {
            largest = Vector128.Max(largest, Vector128.Abs(Vector128.Load(block + i)));
        }

        return MathF.Max(MathF.Max(largest[0], largest[1]), MathF.Max(largest[2], largest[3]));
    }
}
