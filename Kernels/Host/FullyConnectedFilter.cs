using System.Buffers;
using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>
/// Weights as the <c>[kernel row][kernel column][input], [output]</c> matrix, and its rows as groups of up to 8 of one kernel position.
/// Whole vectors of outputs stay where the source has them, if it has the matrix so. The other columns, at most a block, are
/// copied to a matrix of their own that is padded with zeros to whole blocks.
/// <para>
/// In place nothing is held or copied, and it is no slower: the three layers of VGG-16 at one position, 494 MB, take 19 ms on one
/// thread of an AMD EPYC (Zen 4) from a mapped file, as they do from a copy in blocks of 32 outputs.
/// </para>
/// </summary>
internal sealed unsafe class FullyConnectedFilter : PreparedFilter
{
    private const int GroupRows = FullyConnectedKernelTable.MaximumRows;

    /// <summary>Outputs that are read from the source at once: with a group of rows of a 7x7 kernel 400 KB.</summary>
    private const int OutputsAtOnce = 256;

    private readonly int vectorLength;
    private readonly int groupsPerPosition;
    private readonly int vectorsInPlace;
    private readonly MemoryHandle inPlace;
    private readonly HostBuffer copy;
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
        copy = new HostBuffer(sizeof(float) * (long)Shape.Depth * CopiedOutputs);
        Copy(source, threads);
    }

    /// <summary>Groups of rows.</summary>
    public int Groups => groupsPerPosition * Shape.KernelHeight * Shape.KernelWidth;

    /// <summary>Vectors of outputs, padded to whole blocks of channels.</summary>
    public int Vectors { get; }

    /// <summary>Columns of the copy, with the padding.</summary>
    private int CopiedOutputs => (Vectors - vectorsInPlace) * vectorLength;

    public override long Bytes => copy.Bytes + bias.Bytes;

    public override long BytesInPlace => sizeof(float) * (long)Shape.Depth * vectorsInPlace * vectorLength;

    /// <summary>Biases from a vector of outputs on.</summary>
    public float* Bias(int vector) => bias.Start + (vector * vectorLength);

    /// <summary>Position of the kernel, and first input channel, of a group.</summary>
    public (int Position, int Channel) Place(int group) => (group / groupsPerPosition, group % groupsPerPosition * GroupRows);

    /// <summary>Weights of a group for the vectors from one on that lie together, up to a limit.</summary>
    public GroupWeights Weights(int group, int vector, int vectorsEnd)
    {
        var (position, channel) = Place(group);
        var row = ((nint)position * Shape.InputChannels) + channel;
        var rows = Math.Min(GroupRows, Shape.InputChannels - channel);
        return vector < vectorsInPlace
            ? new GroupWeights(
                (float*)inPlace.Pointer + (row * Shape.OutputChannels) + (vector * vectorLength),
                rows, Shape.OutputChannels, Math.Min(vectorsEnd, vectorsInPlace) - vector)
            : new GroupWeights(
                copy.Start + (row * CopiedOutputs) + ((vector - vectorsInPlace) * vectorLength),
                rows, CopiedOutputs, vectorsEnd - vector);
    }

    protected override void Dispose(bool disposing)
    {
        inPlace.Dispose();
        copy.Dispose();
        bias.Dispose();
    }

    private void Copy(FilterSource source, HostThreads threads)
    {
        var first = vectorsInPlace * vectorLength;
        threads.For(first == Shape.OutputChannels ? 0 : groupsPerPosition, item =>
        {
            var channel = item * GroupRows;
            var rows = Math.Min(GroupRows, Shape.InputChannels - channel);
            var block = new float[Shape.KernelHeight * Shape.KernelWidth * rows * Math.Min(OutputsAtOnce, Shape.OutputChannels - first)];
            for (var output = first; output < Shape.OutputChannels; output += OutputsAtOnce)
            {
                var outputs = Math.Min(OutputsAtOnce, Shape.OutputChannels - output);
                source.Read(channel, rows, output, outputs, block);
                for (var i = 0; i < Shape.KernelHeight * Shape.KernelWidth * rows; i++)
                {
                    var row = ((nint)(i / rows) * Shape.InputChannels) + channel + (i % rows);
                    var destination = new Span<float>(copy.Start + (row * CopiedOutputs) + output - first, CopiedOutputs - (output - first));
                    block.AsSpan(i * outputs, outputs).CopyTo(destination);
                    destination[outputs..].Clear();
                }
            }
        });
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
