using System.Buffers;
using Gpu.Kernels.Operations;
using Gpu.Loader.Networks;

namespace Gpu.Engine.Networks;

/// <summary>A layer's parameters in a checkpoint, as algorithms prepare them.</summary>
internal sealed class CheckpointFilter(FilterShape shape, LayerWeights weights) : FilterSource(shape)
{
    public override bool TryGetWhole(out ReadOnlySpan<float> hwio) => weights.TryReadInPlace(out hwio);

    public override bool TryPin(out MemoryHandle hwio) => weights.TryPin(out hwio);

    public override void Read(int firstInput, int inputs, int firstOutput, int outputs, Span<float> destination) =>
        weights.Read(firstInput, inputs, firstOutput, outputs, destination);

    public override float[] ReadBiases() => weights.ReadBiases();
}
