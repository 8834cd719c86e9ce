using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Cuda;

/// <summary>A kernel with its tile.</summary>
internal readonly record struct TensorCoreTileKernel(TileShape Shape, Action<long, long, long, long, TileGeometry> Kernel);

/// <summary>What tensor cores multiply: an algorithm's name, precision and kernels.</summary>
/// <param name="Name">Name of the algorithm.</param>
/// <param name="Layout">Name of the arrangement of weights.</param>
/// <param name="Precision">How factors are rounded.</param>
/// <param name="Vector">Values of a copy: channels are multiples of it.</param>
/// <param name="RelativeError">Bound of the error: for random factors a third of it to a half.</param>
/// <param name="Round">The kernel that rounds factors.</param>
/// <param name="Wide">The kernel for many outputs.</param>
/// <param name="Narrow">The kernel for few.</param>
internal sealed record TensorCoreFactors(
    string Name,
    string Layout,
    ProductPrecision Precision,
    int Vector,
    double RelativeError,
    Action<long, long, int> Round,
    TensorCoreTileKernel Wide,
    TensorCoreTileKernel Narrow)
{
    private static readonly TensorCoreTileKernel TwoParts =
        new(TensorCoreKernels.ShapeOf<NarrowTensorFloat32x3Tile>(), TensorCoreKernels.NarrowTensorFloat32x3Kernel);

    /// <summary>Float16.</summary>
    public static TensorCoreFactors Float16 { get; } = new(
        "implicit-gemm-tensor-cores", "HWIO in float16", ProductPrecision.Float16, Vector: 8, RelativeError: 6e-4, FactorRounding.Float16Kernel,
        new(TensorCoreKernels.ShapeOf<WideFloat16Tile>(), TensorCoreKernels.WideFloat16Kernel),
        new(TensorCoreKernels.ShapeOf<NarrowFloat16Tile>(), TensorCoreKernels.NarrowFloat16Kernel));

    /// <summary>Bfloat16.</summary>
    public static TensorCoreFactors BFloat16 { get; } = new(
        "implicit-gemm-tensor-cores-bf16", "HWIO in bfloat16", ProductPrecision.BFloat16, Vector: 8, RelativeError: 5e-3, FactorRounding.BFloat16Kernel,
        new(TensorCoreKernels.ShapeOf<WideBFloat16Tile>(), TensorCoreKernels.WideBFloat16Kernel),
        new(TensorCoreKernels.ShapeOf<NarrowBFloat16Tile>(), TensorCoreKernels.NarrowBFloat16Kernel));

    /// <summary>Tensor floats.</summary>
    public static TensorCoreFactors TensorFloat32 { get; } = new(
        "implicit-gemm-tensor-cores-tf32", "HWIO in tensor floats", ProductPrecision.TensorFloat32, Vector: 4, RelativeError: 6e-4, FactorRounding.TensorFloat32Kernel,
        new(TensorCoreKernels.ShapeOf<WideTensorFloat32Tile>(), TensorCoreKernels.WideTensorFloat32Kernel),
        new(TensorCoreKernels.ShapeOf<NarrowTensorFloat32Tile>(), TensorCoreKernels.NarrowTensorFloat32Kernel));

    /// <summary>Sums of two tensor floats: the error is that of one float32 sum over all terms.</summary>
    public static TensorCoreFactors TensorFloat32x3 { get; } = new(
        "implicit-gemm-tensor-cores-3xtf32", "HWIO in pairs of tensor floats", ProductPrecision.TensorFloat32x3, Vector: 4, RelativeError: 2e-6, FactorRounding.TensorFloat32x3Kernel,
        TwoParts, TwoParts);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<TensorCoreFactors> All { get; } = [Float16, BFloat16, TensorFloat32, TensorFloat32x3];

    /// <summary>Bytes that stand for a value.</summary>
    public int ValueBytes => StoredValue.Bytes(Precision);

    /// <summary>Float32 values that take as much memory as so many values.</summary>
    public long FloatsFor(long values) => values * ValueBytes / sizeof(float);
}
