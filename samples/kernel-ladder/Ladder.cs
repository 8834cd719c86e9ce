using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using Device = Gpu.Kernels.Devices.Device;

namespace KernelLadder;

/// <summary>Five convolutions, each a step faster than the one before: docs/first-kernel.md tells by what and by how much.</summary>
public sealed class Ladder : IAlgorithmProvider
{
    /// <inheritdoc/>
    public IEnumerable<ConvolutionAlgorithm> Create(Device device) => AcceleratorAlgorithm.IsDriven(device)
        ? [new Naive(device), new Coalesced(device), new SharedTile(device), new RegisterTile(device), new VectorTile(device)]
        : [];
}

/// <summary>What the rungs share.</summary>
internal abstract class Rung(Device device) : AcceleratorAlgorithm(device)
{
    /// <summary>A tile is computed by so many threads times as many.</summary>
    protected const int Side = 16;

    /// <summary>The same where a group has no room for more, as in the simulator.</summary>
    protected const int SmallSide = 2;

    /// <summary>All terms of an output are added in one float32 sum, up to 25088 of them.</summary>
    public override double RelativeError => 1e-5;

    /// <summary>Whether a group holds too few threads for <see cref="Side"/>.</summary>
    protected bool IsSmall => Accelerator.MaxNumThreadsPerGroup < Side * Side;

    /// <summary>Groups for all tiles of the product of windows and filter, positions along x and channels along y.</summary>
    /// <param name="specification">The convolution.</param>
    /// <param name="outputsPerThread">Rows, and columns, of the tile that one thread computes.</param>
    protected KernelConfig Tiles(ConvolutionSpecification specification, int outputsPerThread)
    {
        var side = IsSmall ? SmallSide : Side;
        var tile = side * outputsPerThread;
        return new KernelConfig(
            new Index3D((int)((specification.Output.Positions + tile - 1) / tile), (specification.Output.Channels + tile - 1) / tile, 1),
            new Index3D(side * side, 1, 1));
    }
}
