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
        new Span<float>(scales.Start, checked(Groups * Vectors)).Fill(1);
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
    private static float Scale(float largest) => float.IsFinite(largest)
        ? MathF.ScaleB(1, Math.Clamp(LargestExponent - MathF.ILogB(largest), -LargestScale, LargestScale))
        : float.NaN;

    private float* Row(int group, int pair) => pairs.Start + ((((nint)group * GroupPairs) + pair) * Outputs);

    private void Round(int group, int firstOutput, int outputs, ReadOnlySpan<float> rows)
    {
        var padded = firstOutput + outputs == Shape.OutputChannels ? Outputs - firstOutput : outputs;
        for (var pair = 0; pair < GroupPairs; pair++)
        {
            new Span<float>(Row(group, pair) + firstOutput, padded).Clear();
        }

        for (var column = 0; column < outputs; column += VectorLength)
        {
            var lanes = Math.Min(VectorLength, outputs - column);
            var largest = 0f;
            for (var start = column; start < rows.Length; start += outputs)
            {
                foreach (var weight in rows.Slice(start, lanes))
                {
                    largest = MathF.Max(largest, MathF.Abs(weight));
                }
            }

            if (largest == 0)
            {
                continue;
            }

            var scale = Scale(largest);
            scales.Start[((nint)group * Vectors) + ((firstOutput + column) / VectorLength)] = 1 / scale;
            for (var r = 0; r * outputs < rows.Length; r++)
            {
                var half = (ushort*)(Row(group, r / 2) + firstOutput + column) + (r % 2);
                foreach (var weight in rows.Slice((r * outputs) + column, lanes))
                {
                    *half = BitConverter.HalfToUInt16Bits((Half)(weight * scale));
                    half += 2;
                }
            }
        }
    }
}
