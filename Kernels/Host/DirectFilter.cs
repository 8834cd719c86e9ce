using System.Runtime.InteropServices;
using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>
/// Packed weights and bias. Output channels are padded with zeros to whole blocks of 16; the last block of outputs may be
/// narrower than the others (16, 32 or 48 instead of 64 with AVX-512).
/// </summary>
internal sealed unsafe class DirectFilter : PreparedFilter
{
    private readonly HostBuffer weights;
    private readonly HostBuffer bias;

    public DirectFilter(string layout, int outputsPerBlock, HostThreads threads, FilterSource source)
        : base(layout, source.Shape)
    {
        var shape = source.Shape;
        OutputsPerBlock = outputsPerBlock;
        PaddedOutputs = HostTensor.BlocksOf(shape.OutputChannels) * HostTensor.BlockChannels;
        weights = new HostBuffer(sizeof(float) * (long)shape.Depth * PaddedOutputs);
        bias = new HostBuffer(sizeof(float) * (long)PaddedOutputs);
        var padded = new Span<float>(bias.Start, PaddedOutputs);
        padded.Clear();
        source.ReadBiases().CopyTo(padded);
        Pack(source, threads);
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

    /// <summary>
    /// Blocks of 16 inputs and all positions of the kernel: what a block of outputs holds of them lies together, in the order in
    /// which a source gives it.
    /// </summary>
    private void Pack(FilterSource source, HostThreads threads)
    {
        threads.For(HostTensor.BlocksOf(Shape.InputChannels), item =>
        {
            var positions = Shape.KernelHeight * Shape.KernelWidth;
            var first = item * HostTensor.BlockChannels;
            var inputs = Math.Min(HostTensor.BlockChannels, Shape.InputChannels - first);
            for (var block = 0; block < Blocks; block++)
            {
                var outputs = OutputsOf(block);
                var count = Math.Clamp(Shape.OutputChannels - (block * OutputsPerBlock), 0, outputs);
                var destination = new Span<float>(Weights(block) + ((nint)first * positions * outputs), positions * inputs * outputs);
                if (count > 0)
                {
                    source.Read(first, inputs, block * OutputsPerBlock, count, destination);
                }

                if (count < outputs)
                {
                    Spread(destination, count, outputs);
                }
            }
        });
    }

    /// <summary>From rows that follow each other to rows padded with zeros, the last first.</summary>
    private static void Spread(Span<float> rows, int count, int padded)
    {
        for (var row = (rows.Length / padded) - 1; row >= 0; row--)
        {
            rows.Slice(row * count, count).CopyTo(rows[(row * padded)..]);
            rows.Slice((row * padded) + count, padded - count).Clear();
        }
    }
}
