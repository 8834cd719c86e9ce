using System.Runtime.InteropServices;
using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>
/// Packed weights and bias. Output channels are padded with zeros to whole blocks of 16; the last block of outputs may be
/// narrower than the others (16 instead of 32 with AVX-512).
/// </summary>
internal sealed unsafe class DirectFilter : PreparedFilter
{
    /// <summary>Rows of the HWIO matrix that one thread packs at a time.</summary>
    private const int RowsPerItem = 256;

    private readonly HostBuffer weights;
    private readonly HostBuffer bias;

    public DirectFilter(
        string layout, FilterShape shape, int outputsPerBlock, HostThreads threads, ReadOnlySpan<float> filter, ReadOnlySpan<float> biases)
        : base(layout, shape)
    {
        OutputsPerBlock = outputsPerBlock;
        PaddedOutputs = HostTensor.BlocksOf(shape.OutputChannels) * HostTensor.BlockChannels;
        weights = new HostBuffer(sizeof(float) * (long)shape.Depth * PaddedOutputs);
        bias = new HostBuffer(sizeof(float) * (long)PaddedOutputs);
        var padded = new Span<float>(bias.Start, PaddedOutputs);
        biases.CopyTo(padded);
        padded[biases.Length..].Clear();
        fixed (float* source = filter)
        {
            Pack(source, threads);
        }
    }

    /// <summary>Output channels of every block but perhaps the last.</summary>
    public int OutputsPerBlock { get; }

    /// <summary>Output channels with padding: a multiple of 16.</summary>
    public int PaddedOutputs { get; }

    /// <summary>Blocks of outputs.</summary>
    public int Blocks => (PaddedOutputs + OutputsPerBlock - 1) / OutputsPerBlock;

    public override long Bytes => weights.Bytes + bias.Bytes;

    /// <summary>Biases from a block on.</summary>
    public float* Bias(int block) => bias.Start + (block * OutputsPerBlock);

    /// <summary>Weights of a block.</summary>
    public float* Weights(int block) => weights.Start + ((nint)block * OutputsPerBlock * Shape.Depth);

    /// <summary>Outputs of a block.</summary>
    public int OutputsOf(int block) => Math.Min(OutputsPerBlock, PaddedOutputs - (block * OutputsPerBlock));

    protected override void Dispose(bool disposing)
    {
        weights.Dispose();
        bias.Dispose();
    }

    /// <summary>Reads the HWIO matrix row by row, as it lies in the file, and deals each row out to the blocks of outputs.</summary>
    private void Pack(float* source, HostThreads threads)
    {
        threads.For((Shape.Depth + RowsPerItem - 1) / RowsPerItem, item =>
        {
            var end = Math.Min(Shape.Depth, (item + 1) * RowsPerItem);
            for (var row = item * RowsPerItem; row < end; row++)
            {
                var packedRow = PackedRow(row);
                for (var block = 0; block < Blocks; block++)
                {
                    var outputs = OutputsOf(block);
                    var destination = new Span<float>(Weights(block) + ((nint)packedRow * outputs), outputs);
                    var first = block * OutputsPerBlock;
                    var count = Math.Clamp(Shape.OutputChannels - first, 0, outputs);
                    new ReadOnlySpan<float>(source + ((nint)row * Shape.OutputChannels) + first, count).CopyTo(destination);
                    destination[count..].Clear();
                }
            }
        });
    }

    /// <summary>From a row of HWIO, [kernel position][input], to its place in [block of inputs][kernel position][input of the block].</summary>
    private int PackedRow(int row)
    {
        var (position, input) = Math.DivRem(row, Shape.InputChannels);
        var first = input / HostTensor.BlockChannels * HostTensor.BlockChannels;
        var channels = Math.Min(HostTensor.BlockChannels, Shape.InputChannels - first);
        return (first * Shape.KernelHeight * Shape.KernelWidth) + (position * channels) + input - first;
    }
}
