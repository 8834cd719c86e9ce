using System.Buffers;
using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>
/// Weights as groups of up to 8 rows of the <c>[kernel row][kernel column][input], [output]</c> matrix, no group across two kernel
/// positions. Whole vectors of outputs stay where the source has them, if it has the matrix so; the others, at most a block of
/// outputs, are packed as <c>[group][vector][8 rows][lane]</c>, with zeros for rows and outputs beyond the last.
/// <para>
/// In place nothing is held or copied, at some cost when the layer runs: the three layers of VGG-16 at one position, 494 MB, take 10.5
/// to 11.8 ms from a mapped file and 9.7 ms packed, on two threads of an AMD EPYC (Zen 4) that read at most 50 GB/s.
/// </para>
/// </summary>
internal sealed unsafe class FullyConnectedFilter : PreparedFilter
{
    private const int GroupRows = FullyConnectedKernelTable.MaximumRows;

    /// <summary>Outputs that are read from the source at once, so that a block of them stays in the cache while it is packed.</summary>
    private const int PackedOutputs = 256;

    private readonly int vectorLength;
    private readonly int groupsPerPosition;
    private readonly int vectorsInPlace;
    private readonly MemoryHandle inPlace;
    private readonly HostBuffer packed;
    private readonly HostBuffer bias;

    public FullyConnectedFilter(string layout, int vectorLength, HostThreads threads, FilterSource source)
        : base(layout, source.Shape)
    {
        this.vectorLength = vectorLength;
        groupsPerPosition = (Shape.InputChannels + GroupRows - 1) / GroupRows;
        var outputs = HostTensor.BlocksOf(Shape.OutputChannels) * HostTensor.BlockChannels;
        Vectors = outputs / vectorLength;
        bias = new HostBuffer(sizeof(float) * (long)outputs);
        var padded = new Span<float>(bias.Start, outputs);
        padded.Clear();
        source.ReadBiases().CopyTo(padded);
        vectorsInPlace = source.TryPin(out inPlace) ? Shape.OutputChannels / vectorLength : 0;
        packed = new HostBuffer(sizeof(float) * (long)Groups * GroupRows * (Vectors - vectorsInPlace) * vectorLength);
        Pack(source, threads);
    }

    /// <summary>Groups of rows.</summary>
    public int Groups => groupsPerPosition * Shape.KernelHeight * Shape.KernelWidth;

    /// <summary>Vectors of outputs, padded to whole blocks of channels.</summary>
    public int Vectors { get; }

    public override long Bytes => packed.Bytes + bias.Bytes;

    public override long BytesInPlace => sizeof(float) * (long)Shape.Depth * vectorsInPlace * vectorLength;

    /// <summary>Biases from a vector of outputs on.</summary>
    public float* Bias(int vector) => bias.Start + (vector * vectorLength);

    /// <summary>Position of the kernel, and first input channel, of a group.</summary>
    public (int Position, int Channel) Place(int group) => (group / groupsPerPosition, group % groupsPerPosition * GroupRows);

    /// <summary>Weights of a group for the vectors from one on that lie together, up to a limit.</summary>
    public GroupWeights Weights(int group, int vector, int vectorsEnd)
    {
        if (vector >= vectorsInPlace)
        {
            var stride = GroupRows * vectorLength;
            var start = packed.Start + ((((nint)group * (Vectors - vectorsInPlace)) + vector - vectorsInPlace) * stride);
            return new GroupWeights(start, GroupRows, vectorLength, stride, vectorsEnd - vector);
        }

        var (position, channel) = Place(group);
        var row = ((nint)position * Shape.InputChannels) + channel;
        return new GroupWeights(
            (float*)inPlace.Pointer + (row * Shape.OutputChannels) + (vector * vectorLength),
            Math.Min(GroupRows, Shape.InputChannels - channel),
            Shape.OutputChannels,
            vectorLength,
            Math.Min(vectorsEnd, vectorsInPlace) - vector);
    }

    protected override void Dispose(bool disposing)
    {
        inPlace.Dispose();
        packed.Dispose();
        bias.Dispose();
    }

    private void Pack(FilterSource source, HostThreads threads)
    {
        var first = vectorsInPlace * vectorLength;
        var positions = Shape.KernelHeight * Shape.KernelWidth;
        threads.For(first == Shape.OutputChannels ? 0 : groupsPerPosition, item =>
        {
            var channel = item * GroupRows;
            var rows = Math.Min(GroupRows, Shape.InputChannels - channel);
            var block = new float[positions * rows * Math.Min(PackedOutputs, Shape.OutputChannels - first)];
            for (var output = first; output < Shape.OutputChannels; output += PackedOutputs)
            {
                var outputs = Math.Min(PackedOutputs, Shape.OutputChannels - output);
                source.Read(channel, rows, output, outputs, block);
                for (var position = 0; position < positions; position++)
                {
                    var group = (position * groupsPerPosition) + item;
                    PackGroup(block.AsSpan(position * rows * outputs, rows * outputs), outputs, group, output / vectorLength);
                }
            }
        });
    }

    /// <summary>Packs the rows of a group for a range of outputs, and the padding behind the last.</summary>
    private void PackGroup(ReadOnlySpan<float> rows, int outputs, int group, int vector)
    {
        var isLast = (vector * vectorLength) + outputs == Shape.OutputChannels;
        var vectorsEnd = isLast ? Vectors : vector + (outputs / vectorLength);
        var weights = Weights(group, vector, vectorsEnd);
        new Span<float>(weights.Start, weights.Vectors * (int)weights.VectorStride).Clear();
        for (var row = 0; row * outputs < rows.Length; row++)
        {
            for (var o = 0; o < outputs; o += vectorLength)
            {
                var lanes = Math.Min(vectorLength, outputs - o);
                var destination = weights.Start + (o / vectorLength * weights.VectorStride) + (row * weights.RowStride);
                rows.Slice((row * outputs) + o, lanes).CopyTo(new Span<float>(destination, lanes));
            }
        }
    }
}

/// <summary>Where a group's weights lie, as <see cref="FullyConnectedKernels"/> takes them.</summary>
internal readonly unsafe struct GroupWeights(float* start, int rows, nint rowStride, nint vectorStride, int vectors)
{
    /// <summary>The first row's first vector.</summary>
    public float* Start { get; } = start;

    /// <summary>Rows of the group.</summary>
    public int Rows { get; } = rows;

    /// <summary>Floats from one row to the next.</summary>
    public nint RowStride { get; } = rowStride;

    /// <summary>Floats from one vector of outputs to the next.</summary>
    public nint VectorStride { get; } = vectorStride;

    /// <summary>Vectors that lie so.</summary>
    public int Vectors { get; } = vectors;
}
