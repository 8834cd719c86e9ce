using System.Buffers;
using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>
/// Float32 weights. Whole vectors of outputs stay where the source has them, if it has the matrix so. The other columns, at most a
/// block, are copied to a matrix of their own that is padded with zeros.
/// <para>
/// In place nothing is held or copied. Measured at one position on an AMD EPYC (Zen 4), fc6 of VGG-16, 411 MB, takes 13.6 ms on two
/// threads and 16 to 21 on one from a mapped file, and from a copy in blocks of 32 outputs in pages of 2 MB 13.5 and 14.5.
/// </para>
/// </summary>
internal sealed unsafe class FullyConnectedInPlaceFilter : FullyConnectedFilter
{
    private readonly FullyConnectedKernelTable kernels;
    private readonly MemoryHandle inPlace;
    private readonly int vectorsInPlace;
    private readonly HostBuffer copy;

    public FullyConnectedInPlaceFilter(string layout, FullyConnectedKernelTable kernels, HostThreads threads, FilterSource source)
        : base(layout, kernels.VectorLength, source)
    {
        this.kernels = kernels;
        vectorsInPlace = source.TryPin(out inPlace) ? Shape.OutputChannels / VectorLength : 0;
        copy = new HostBuffer(sizeof(float) * (long)Shape.Depth * CopiedOutputs);
        ReadGroups(source, threads, vectorsInPlace * VectorLength, Copy);
    }

    public override long Bytes => base.Bytes + copy.Bytes;

    public override long BytesInPlace => sizeof(float) * (long)Shape.Depth * vectorsInPlace * VectorLength;

    /// <summary>Columns of the copy, with the padding.</summary>
    private int CopiedOutputs => (Vectors - vectorsInPlace) * VectorLength;

    public override void TouchInPlace()
    {
        for (var offset = 0L; offset < BytesInPlace; offset += Environment.SystemPageSize)
        {
            _ = Volatile.Read(ref ((byte*)inPlace.Pointer)[offset]);
        }
    }

    public override void Multiply(
        int group, int vector, int vectorsEnd, float* input, nint inputPosition, nint positions, float* sums, nint sumsVector)
    {
        while (vector < vectorsEnd)
        {
            var weights = Weights(group, vector, vectorsEnd);
            kernels.Run(input, inputPosition, positions, weights, sums, sumsVector);
            sums += weights.Vectors * sumsVector;
            vector += weights.Vectors;
        }
    }

    public override void CopyRows(int group, int vector, float* destination, nint row)
    {
        var source = Weights(group, vector, vector + 1);
        for (var r = 0; r < source.Rows; r++, destination += row)
        {
            HostPrefetch.FetchAhead(source.Start + ((GroupRows + r) * source.RowStride));
            new ReadOnlySpan<float>(source.Start + (r * source.RowStride), VectorLength).CopyTo(new Span<float>(destination, VectorLength));
        }
    }

    /// <summary>Weights of a group for the vectors from one on that lie together, up to a limit.</summary>
    public GroupWeights Weights(int group, int vector, int vectorsEnd)
    {
        var (row, rows) = Rows(group);
        return vector < vectorsInPlace
            ? new GroupWeights(
                (float*)inPlace.Pointer + (row * Shape.OutputChannels) + (vector * VectorLength),
                rows, Shape.OutputChannels, Math.Min(vectorsEnd, vectorsInPlace) - vector)
            : new GroupWeights(
                copy.Start + (row * CopiedOutputs) + ((vector - vectorsInPlace) * VectorLength),
                rows, CopiedOutputs, vectorsEnd - vector);
    }

    protected override void Dispose(bool disposing)
    {
        inPlace.Dispose();
        copy.Dispose();
        base.Dispose(disposing);
    }

    private void Copy(int group, int firstOutput, int outputs, ReadOnlySpan<float> rows)
    {
        var (first, count) = Rows(group);
        var column = firstOutput - (vectorsInPlace * VectorLength);
        for (var r = 0; r < count; r++)
        {
            var row = new Span<float>(copy.Start + ((first + r) * CopiedOutputs), CopiedOutputs)[column..];
            rows.Slice(r * outputs, outputs).CopyTo(row);
            row[outputs..].Clear();
        }
    }
}

/// <summary>Where a group's weights lie, as <see cref="FullyConnectedKernels"/> takes them.</summary>
internal readonly unsafe struct GroupWeights(float* start, int rows, nint rowStride, int vectors)
{
    /// <summary>The first row's first vector; vectors of a row follow each other.</summary>
    public float* Start { get; } = start;

    /// <summary>Rows of the group.</summary>
    public int Rows { get; } = rows;

    /// <summary>Floats from one row to the next.</summary>
    public nint RowStride { get; } = rowStride;

    /// <summary>Vectors that lie so.</summary>
    public int Vectors { get; } = vectors;
}
