using System.Runtime.Intrinsics;
using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>
/// Weights rounded to fewer bits: <c>[group][row of lanes][output]</c>, 32-bit lanes that hold the 8 rows of a group, zeros for rows and
/// outputs beyond the last. The weights of a group and a vector share a scale.
/// </summary>
internal abstract unsafe class FullyConnectedScaledFilter : FullyConnectedFilter
{
    private readonly ScaledKernels kernels;
    private readonly int laneRows;
    private readonly HostBuffer lanes;
    private readonly HostBuffer scales;

    /// <summary>Makes room for weights that <see cref="Read"/> rounds.</summary>
    /// <param name="layout">What the layout is called.</param>
    /// <param name="vectorLength">Outputs of a vector.</param>
    /// <param name="kernels">The kernels for weights that are stored so.</param>
    /// <param name="source">The weights.</param>
    /// <param name="laneRows">Rows of lanes that hold a group.</param>
    protected FullyConnectedScaledFilter(string layout, int vectorLength, ScaledKernels kernels, FilterSource source, int laneRows)
        : base(layout, vectorLength, source)
    {
        this.kernels = kernels;
        this.laneRows = laneRows;
        lanes = new HostBuffer(sizeof(float) * (long)Groups * laneRows * Outputs);
        scales = new HostBuffer(sizeof(float) * (long)Groups * Vectors);
    }

    public override long Bytes => base.Bytes + lanes.Bytes + scales.Bytes;

    /// <summary>Outputs, padded; lanes of a row.</summary>
    protected int Outputs => Vectors * VectorLength;

    public override void Multiply(
        int group, int vector, int vectorsEnd, float* input, nint inputPosition, nint positions, float* sums, nint sumsVector) =>
        kernels.Run(input, inputPosition, positions, Lanes(group, vector), Outputs, Scale(group, vector), vectorsEnd - vector, sums, sumsVector);

    public override void CopyRows(int group, int vector, float* destination, nint row) =>
        kernels.Unpack(Lanes(group, vector), Outputs, *Scale(group, vector), destination, row);

    protected override void Dispose(bool disposing)
    {
        lanes.Dispose();
        scales.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Rounds all weights.</summary>
    protected void Read(FilterSource source, HostThreads threads) => ReadGroups(source, threads, firstOutput: 0, Round);

    /// <summary>What weights are multiplied by to be stored, and products with the stored ones to be right, if the largest magnitude is this finite one.</summary>
    protected abstract (float Stored, float Product) ScalesFor(float largest);

    /// <summary>Stores 4 columns of 8 rows that have been multiplied by their scale.</summary>
    /// <param name="rows">The first row's columns; the next row follows after a vector.</param>
    /// <param name="scale">What the columns are to be multiplied by first.</param>
    /// <param name="destination">The first row of lanes.</param>
    protected abstract void Store(float* rows, float scale, int* destination);

    /// <summary>The first row of lanes of a group and a vector.</summary>
    private float* Lanes(int group, int vector) => lanes.Start + ((nint)group * laneRows * Outputs) + ((nint)vector * VectorLength);

    /// <summary>What products with the lanes of a group and a vector are multiplied by.</summary>
    private float* Scale(int group, int vector) => scales.Start + ((nint)group * Vectors) + vector;

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
            var count = Math.Min(VectorLength, outputs - first);
            for (var r = 0; r * outputs < rows.Length; r++)
            {
                var row = values.Slice(r * VectorLength, VectorLength);
                rows.Slice((r * outputs) + first, count).CopyTo(row);
                row[count..].Clear();
            }

            var largest = Largest(block);
            var (stored, product) = float.IsFinite(largest) ? ScalesFor(largest) : (float.NaN, float.NaN);
            var vector = (firstOutput + column) / VectorLength;
            *Scale(group, vector) = product;
            for (var lane = 0; lane < VectorLength; lane += Vector128<float>.Count)
            {
                Store(block + lane, stored, (int*)Lanes(group, vector) + lane);
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
