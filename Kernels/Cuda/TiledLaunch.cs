using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Kernels.Cuda;

/// <summary>The tile that a group of threads computes, and how it walks the depth.</summary>
/// <param name="Threads">Threads of a group.</param>
/// <param name="Rows">Rows of the product.</param>
/// <param name="Outputs">Output channels.</param>
/// <param name="StepChannels">Input channels of one tap that a step takes.</param>
/// <param name="Interleave">Pooling windows side by side: <see cref="TileGeometry"/>.</param>
internal readonly record struct TileShape(int Threads, int Rows, int Outputs, int StepChannels, int Interleave)
{
    /// <summary>Steps over the whole depth of a 3x3 convolution.</summary>
    public int Steps(int inputChannels) => TapWindow.Side * TapWindow.Side * ((inputChannels + StepChannels - 1) / StepChannels);
}

/// <summary>
/// How a tiled convolution is launched: groups over rows and outputs and, where those are fewer than the device's multiprocessors, over
/// slices of the depth, whose partial sums <see cref="SliceReduction"/> adds.
/// </summary>
internal sealed record TiledLaunch(TileGeometry Geometry, KernelConfig Grid)
{
    /// <summary>Steps below which a slice is not worth writing and reading its sums.</summary>
    private const int MinimumSteps = 8;

    /// <summary>Slices of the depth.</summary>
    public int Slices => Grid.GridDim.Z;

    /// <summary>Partial sums, none where the depth is whole.</summary>
    public long PartialSums => Slices == 1 ? 0 : (long)Slices * Geometry.Rows * Geometry.Convolution.OutputChannels;

    /// <summary>Divides a convolution so that every multiprocessor has a group if it can.</summary>
    public static TiledLaunch For(ConvolutionSpecification specification, TileShape tile, int multiprocessors)
    {
        var groups = Sliced(specification, tile, 1).Grid.GridDim.Size;
        var most = tile.Steps(specification.Filter.InputChannels) / MinimumSteps;
        return Sliced(specification, tile, Math.Clamp(multiprocessors / groups, 1, Math.Max(most, 1)));
    }

    /// <summary>Divides the depth into so many slices, or fewer where that leaves none empty.</summary>
    public static TiledLaunch Sliced(ConvolutionSpecification specification, TileShape tile, int slices)
    {
        var steps = tile.Steps(specification.Filter.InputChannels);
        var stepsPerSlice = (steps + slices - 1) / slices;
        var geometry = new TileGeometry(
            ConvolutionGeometry.Of(specification), checked((int)specification.Output.Positions), specification.Pooled ? 1 : 0, tile.Interleave, stepsPerSlice);
        var grid = new Index3D(
            (geometry.Rows + tile.Rows - 1) / tile.Rows,
            (geometry.Convolution.OutputChannels + tile.Outputs - 1) / tile.Outputs,
            (steps + stepsPerSlice - 1) / stepsPerSlice);
        return new TiledLaunch(geometry, new KernelConfig(grid, new Index3D(tile.Threads, 1, 1)));
    }
}
