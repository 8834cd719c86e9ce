using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>
/// Weights as the <c>[kernel row][kernel column][input], [output]</c> matrix, its rows as groups of up to 8 of one kernel position,
/// its columns as vectors, padded to whole blocks of outputs.
/// </summary>
internal abstract unsafe class FullyConnectedFilter : PreparedFilter
{
    /// <summary>Rows of a group, at most.</summary>
    public const int GroupRows = FullyConnectedKernelTable.MaximumRows;

    /// <summary>Outputs that are read from the source at once, in whole vectors: with a group of rows of a 7x7 kernel 400 KB.</summary>
    private const int OutputsAtOnce = 256;

    private readonly HostBuffer bias;
    private readonly int groupsPerPosition;

    protected FullyConnectedFilter(string layout, int vectorLength, FilterSource source)
        : base(layout, source.Shape)
    {
        VectorLength = vectorLength;
        groupsPerPosition = (Shape.InputChannels + GroupRows - 1) / GroupRows;
        var outputs = HostTensor.BlocksOf(Shape.OutputChannels) * HostTensor.BlockChannels;
        Vectors = outputs / vectorLength;
        bias = new HostBuffer(sizeof(float) * (long)outputs);
        var padded = new Span<float>(bias.Start, outputs);
        padded.Clear();
        source.ReadBiases().CopyTo(padded);
    }

    /// <summary>The rows of a group for a range of outputs, <c>[row][output]</c>.</summary>
    protected delegate void GroupReader(int group, int firstOutput, int outputs, ReadOnlySpan<float> rows);

    /// <summary>Groups of rows.</summary>
    public int Groups => groupsPerPosition * Shape.KernelHeight * Shape.KernelWidth;

    /// <summary>Vectors of outputs.</summary>
    public int Vectors { get; }

    public override long Bytes => bias.Bytes;

    /// <summary>Outputs of a vector.</summary>
    public int VectorLength { get; }

    /// <summary>Biases from a vector of outputs on.</summary>
    public float* Bias(int vector) => bias.Start + (vector * VectorLength);

    /// <summary>Position of the kernel, and first input channel, of a group.</summary>
    public (int Position, int Channel) Place(int group) => (group / groupsPerPosition, group % groupsPerPosition * GroupRows);

    /// <summary>The group that begins at a position of the kernel with an input channel.</summary>
    public int GroupAt(int position, int channel) => (position * groupsPerPosition) + (channel / GroupRows);

    /// <summary>Adds products of a group's weights, for a range of vectors, with inputs of evenly spaced positions; see <see cref="FullyConnectedKernels"/>.</summary>
    public abstract void Multiply(
        int group, int vector, int vectorsEnd, float* input, nint inputPosition, nint positions, float* sums, nint sumsVector);

    /// <summary>Copies a vector of a group's weights, as float32.</summary>
    /// <param name="group">The group.</param>
    /// <param name="vector">The vector of outputs.</param>
    /// <param name="destination">Where the first row's goes; there is room for 8 rows, and those beyond the group's may be overwritten with zeros.</param>
    /// <param name="row">Floats from one row to the next.</param>
    public abstract void CopyRows(int group, int vector, float* destination, nint row);

    protected override void Dispose(bool disposing) => bias.Dispose();

    /// <summary>First row of a group in the matrix, and how many rows it has.</summary>
    protected (nint First, int Count) Rows(int group)
    {
        var (position, channel) = Place(group);
        return (((nint)position * Shape.InputChannels) + channel, Math.Min(GroupRows, Shape.InputChannels - channel));
    }

    /// <summary>Reads all groups for the outputs from one on, in blocks, with all threads.</summary>
    protected void ReadGroups(FilterSource source, HostThreads threads, int firstOutput, GroupReader read)
    {
        var positions = Shape.KernelHeight * Shape.KernelWidth;
        threads.For(firstOutput == Shape.OutputChannels ? 0 : groupsPerPosition, item =>
        {
            var (channel, count) = Rows(item);
            var block = new float[positions * count * Math.Min(OutputsAtOnce, Shape.OutputChannels - firstOutput)];
            for (var output = firstOutput; output < Shape.OutputChannels; output += OutputsAtOnce)
            {
                var outputs = Math.Min(OutputsAtOnce, Shape.OutputChannels - output);
                source.Read((int)channel, count, output, outputs, block);
                for (var position = 0; position < positions; position++)
                {
                    read((position * groupsPerPosition) + item, output, outputs, block.AsSpan(position * count * outputs, count * outputs));
                }
            }
        });
    }
}
