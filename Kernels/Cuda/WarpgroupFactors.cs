using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Cuda;

/// <summary>A kernel with its tile.</summary>
/// <param name="Rows">Rows of positions.</param>
/// <param name="Outputs">Output channels.</param>
/// <param name="SharedBytes">Dynamic shared memory, given the buffers of input.</param>
/// <param name="Kernel">The kernel.</param>
internal sealed record WarpgroupTileKernel(int Rows, int Outputs, Func<int, int> SharedBytes, Action<long, long, long, long, WarpgroupGeometry> Kernel)
{
    /// <summary>The kernel of a tile.</summary>
    public static WarpgroupTileKernel Of<TTile>(Action<long, long, long, long, WarpgroupGeometry> kernel)
        where TTile : struct, IWarpgroupTile => new(TTile.Rows, TTile.Outputs, WarpgroupKernels.SharedBytes<TTile>, kernel);
}

/// <summary>What warpgroups multiply: an algorithm's name, format and kernels.</summary>
/// <param name="Name">Name of the algorithm.</param>
/// <param name="Rounded">The format of factors.</param>
/// <param name="Wide">The kernel for multiples of 128 outputs.</param>
/// <param name="Narrow">The kernel for multiples of 64.</param>
internal sealed record WarpgroupFactors(string Name, TensorCoreFactors Rounded, WarpgroupTileKernel Wide, WarpgroupTileKernel Narrow)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<WarpgroupFactors> All { get; } =
    [
        new(
            "warpgroup", TensorCoreFactors.Float16, WarpgroupTileKernel.Of<WideFloat16WarpgroupTile>(WarpgroupKernels.WideFloat16Kernel),
            WarpgroupTileKernel.Of<NarrowFloat16WarpgroupTile>(WarpgroupKernels.NarrowFloat16Kernel)),
        new(
            "warpgroup-bf16", TensorCoreFactors.BFloat16, WarpgroupTileKernel.Of<WideBFloat16WarpgroupTile>(WarpgroupKernels.WideBFloat16Kernel),
            WarpgroupTileKernel.Of<NarrowBFloat16WarpgroupTile>(WarpgroupKernels.NarrowBFloat16Kernel)),
        new(
            "warpgroup-tf32", TensorCoreFactors.TensorFloat32, WarpgroupTileKernel.Of<WideTensorFloat32WarpgroupTile>(WarpgroupKernels.WideTensorFloat32Kernel),
            WarpgroupTileKernel.Of<NarrowTensorFloat32WarpgroupTile>(WarpgroupKernels.NarrowTensorFloat32Kernel)),
        new(
            "warpgroup-3xtf32", TensorCoreFactors.TensorFloat32x3, WarpgroupTileKernel.Of<WideTensorFloat32x3WarpgroupTile>(WarpgroupKernels.WideTensorFloat32x3Kernel),
            WarpgroupTileKernel.Of<NarrowTensorFloat32x3WarpgroupTile>(WarpgroupKernels.NarrowTensorFloat32x3Kernel)),
    ];

    /// <summary>Factors that stand for a value.</summary>
    public int Parts => Rounded.Precision == ProductPrecision.TensorFloat32x3 ? 2 : 1;

    /// <summary>Bytes of a factor.</summary>
    public int FactorBytes => Rounded.ValueBytes / Parts;

    /// <summary>Channels of a vector.</summary>
    public int VectorChannels => WarpgroupKernels.VectorBytes / FactorBytes;

    /// <summary>Channels of a block.</summary>
    public int BlockChannels => WarpgroupKernels.Vectors * VectorChannels;
}
