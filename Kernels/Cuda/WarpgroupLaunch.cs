using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Kernels.Cuda;

/// <summary>How a kernel of <see cref="WarpgroupKernels"/> is launched: groups over tiles, outputs and, where those are few, slices of the depth.</summary>
/// <param name="Geometry">What the kernel is told.</param>
/// <param name="Grid">Groups, threads and dynamic shared memory.</param>
/// <param name="Reduced">What <see cref="SliceReduction"/> is told, if there are slices.</param>
internal sealed record WarpgroupLaunch(WarpgroupGeometry Geometry, KernelConfig Grid, TiledLaunch Reduced)
{
    /// <summary>Slices of the depth.</summary>
    public int Slices => Grid.GridDim.Z;

    /// <summary>Partial sums, none where the depth is whole.</summary>
    public long PartialSums => Reduced.PartialSums;

    /// <summary>Divides a convolution so that every multiprocessor has its groups if it can.</summary>
    public static WarpgroupLaunch For(ConvolutionSpecification specification, WarpgroupFactors factors, WarpgroupTileKernel tile, int multiprocessors)
    {
        var groups = Sliced(specification, factors, tile, 1).Grid.GridDim.Size;
        return Sliced(specification, factors, tile, multiprocessors * LaunchBoundsAttribute.Find(tile.Kernel).Groups / groups);
    }

    /// <summary>Divides the blocks of channels into so many slices, or as many as there are blocks, or fewer where that leaves none empty.</summary>
    public static WarpgroupLaunch Sliced(ConvolutionSpecification specification, WarpgroupFactors factors, WarpgroupTileKernel tile, int slices)
    {
        var blocks = specification.Filter.InputChannels / factors.BlockChannels;
        slices = Math.Clamp(slices, 1, blocks);
        var geometry = WarpgroupGeometry.Of(specification, (blocks + slices - 1) / slices);
        slices = (blocks + geometry.Blocks - 1) / geometry.Blocks;
        var grid = new Index3D(geometry.TilesOf(tile.Rows), specification.Filter.OutputChannels / tile.Outputs, slices);
        var threads = new Index3D(WarpgroupKernels.Threads, 1, 1);

        // The members of a window follow each other.
        var reduced = new TileGeometry(
            ConvolutionGeometry.Of(specification), checked((int)specification.Output.Positions), specification.Pooled ? 1 : 0, Interleave: 1, StepsPerSlice: 0);
        return new WarpgroupLaunch(
            geometry,
            new KernelConfig(grid, threads, SharedMemoryConfig.RequestDynamic<byte>(tile.SharedBytes(geometry.LeftBuffers))),
            new TiledLaunch(reduced, new KernelConfig(grid, threads)));
    }
}
