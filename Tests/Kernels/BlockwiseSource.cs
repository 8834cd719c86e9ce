using System.Buffers;
using Gpu.Kernels.Operations;

namespace Gpu.Tests.Kernels;

/// <summary>Gives blocks alone, as the source of a file in another order does.</summary>
internal sealed class BlockwiseSource(FilterSource source) : FilterSource(source.Shape)
{
    private int blocks;

    public int Blocks => blocks;

    public override bool TryGetWhole(out ReadOnlySpan<float> hwio)
    {
        hwio = default;
        return false;
    }

    public override bool TryPin(out MemoryHandle hwio)
    {
        hwio = default;
        return false;
    }

    public override void Read(int firstInput, int inputs, int firstOutput, int outputs, Span<float> destination)
    {
        Interlocked.Increment(ref blocks);
        source.Read(firstInput, inputs, firstOutput, outputs, destination);
    }

    public override float[] ReadBiases() => source.ReadBiases();
}
