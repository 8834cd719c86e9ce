using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using Gpu.Kernels.Tensors;
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
    /// <summary>Steps over the whole depth of a convolution.</summary>
    public int Steps(FilterShape filter) => filter.KernelHeight * filter.KernelWidth * ((filter.InputChannels + StepChannels - 1) / StepChannels);
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

    /// <summary>
    /// Divides a convolution so that every multiprocessor has a group if it can. Where one tile has all rows, the weights, each read
    /// once, decide: then every multiprocessor gets as many groups as share it, to have more bytes under way.
    /// </summary>
    /// <param name="specification">The convolution.</param>
    /// <param name="tile">The tile.</param>
    /// <param name="multiprocessors">The device's.</param>
    /// <param name="sharing">Groups that share a multiprocessor.</param>
    public static TiledLaunch For(ConvolutionSpecification specification, TileShape tile, int multiprocessors, int sharing)
    {
        var grid = Sliced(specification, tile, 1).Grid.GridDim;
        var wanted = multiprocessors * (grid.X == 1 ? sharing : 1);
        var most = tile.Steps(Flattened(specification).Filter) / MinimumSteps;
        return Sliced(specification, tile, Math.Clamp(wanted / grid.Size, 1, Math.Max(most, 1)));
    }

    /// <summary>Divides the depth into so many slices, or fewer where that leaves none empty.</summary>
    public static TiledLaunch Sliced(ConvolutionSpecification specification, TileShape tile, int slices) => Divided(Flattened(specification), tile, slices);

    /// <summary>
    /// Products of matrices, [products][rows][inputs] by [products][inputs][outputs], without bias: a convolution whose kernel is a column of
    /// as many taps, over a picture with a row for each, of which every tap is a slice whose sums stay apart.
    /// </summary>
    public static TiledLaunch Batched(int products, int rows, int inputs, int outputs, TileShape tile) => Divided(
        new ConvolutionSpecification(new Shape(1, products, rows, inputs), new FilterShape(products, 1, inputs, outputs), Padding.Valid, Relu: false), tile, products);

    private static TiledLaunch Divided(ConvolutionSpecification specification, TileShape tile, int slices)
    {
        var steps = tile.Steps(specification.Filter);
        var stepsPerSlice = (steps + slices - 1) / slices;
        var geometry = new TileGeometry(
            ConvolutionGeometry.Of(specification), checked((int)specification.Output.Positions), specification.Pooled ? 1 : 0, tile.Interleave, stepsPerSlice,
            Rounded: specification.OutputPrecision == ProductPrecision.Float32 ? 0 : 1);
        var grid = new Index3D(
            (geometry.Rows + tile.Rows - 1) / tile.Rows,
            (geometry.Convolution.OutputChannels + tile.Outputs - 1) / tile.Outputs,
            (steps + stepsPerSlice - 1) / stepsPerSlice);
        return new TiledLaunch(geometry, new KernelConfig(grid, new Index3D(tile.Threads, 1, 1)));
    }

    /// <summary>A kernel that covers its input is one of 1x1 over all its values, which lie in memory in the order of the filter's rows.</summary>
    private static ConvolutionSpecification Flattened(ConvolutionSpecification specification)
    {
        var (input, filter) = (specification.Input, specification.Filter);
        return specification.Padding == Padding.Valid && (filter.KernelHeight, filter.KernelWidth) == (input.Height, input.Width)
            ? specification with { Input = new Shape(input.Batch, 1, 1, filter.Depth), Filter = new FilterShape(1, 1, filter.Depth, filter.OutputChannels) }
            : specification;
    }
}
