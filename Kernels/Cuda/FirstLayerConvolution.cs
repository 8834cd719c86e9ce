using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Gpu.Kernels.Cuda;

/// <summary>3x3 convolution of three channels. The kernels stand in <see cref="FirstLayerKernels"/> and <see cref="FirstLayerTensorCoreKernels"/>.</summary>
internal sealed class FirstLayerConvolution(AcceleratorDevice device, FirstLayerProducts products) : PortableConvolution(device)
{
    /// <summary>Outputs are multiples of what two halves a register fill 16 bytes with.</summary>
    private const int Vector = 8;

    private readonly Lazy<Action<AcceleratorStream, KernelConfig, long, long, long, long, FirstLayerGeometry>> launcher = new(() =>
        device.Accelerator.LoadKernel(products.Kernel, LaunchBoundsAttribute.Find(products.Kernel).Specialization));

    public override string Name => products.Name;

    public override ProductPrecision ProductPrecision => products.Precision;

    public override double RelativeError => products.RelativeError;

    public override bool FusesMaxPool => true;

    /// <summary>Those whose instructions the device has.</summary>
    public static IEnumerable<ConvolutionAlgorithm> Offered(AcceleratorDevice device, CudaArchitecture architecture) => FirstLayerProducts.All
        .Where(p => LaunchBoundsAttribute.Find(p.Kernel).Supports(architecture))
        .Select(p => new FirstLayerConvolution(device, p));

    protected override bool SupportsConvolution(ConvolutionSpecification specification) =>
        TapWindow.Fits(specification)
        && specification.Filter.InputChannels == FirstLayerGeometry.Channels
        && specification.Filter.OutputChannels % Vector == 0;

    protected override Operation Create(ConvolutionSpecification specification, AcceleratorFilter filter)
    {
        var kernel = Device.Guard($"compile {Name}", () => launcher.Value);
        var geometry = FirstLayerGeometry.Of(specification, products.Tile);
        var grid = products.Tile.GridFor(geometry, Device.Accelerator.NumMultiprocessors);
        return Operation(specification, (input, output) =>
            kernel(Device.Stream, grid, AddressOf(input), AddressOf(filter.Weights), AddressOf(filter.Bias), AddressOf(output), geometry));
    }
}

/// <summary>How the first layer multiplies.</summary>
/// <param name="Name">Name of the algorithm.</param>
/// <param name="Precision">How factors are rounded.</param>
/// <param name="RelativeError">Bound of the error.</param>
/// <param name="Tile">What a group computes at a time.</param>
/// <param name="Kernel">The kernel: addresses of input, filter, bias and output.</param>
internal sealed record FirstLayerProducts(
    string Name, ProductPrecision Precision, double RelativeError, FirstLayerTileShape Tile, Action<long, long, long, long, FirstLayerGeometry> Kernel)
{
    /// <summary>Float32 on CUDA cores, and halves on tensor cores.</summary>
    public static IReadOnlyList<FirstLayerProducts> All { get; } =
    [
        new("direct-first-layer", ProductPrecision.Float32, 1e-6, FirstLayerKernels.Shape, FirstLayerKernels.Float32Kernel),
        new(
            "first-layer-tensor-cores", ProductPrecision.Float16, TensorCoreFactors.Float16.RelativeError,
            FirstLayerTensorCoreKernels.Shape, FirstLayerTensorCoreKernels.Float16ToFloat32Kernel),
        new(
            "first-layer-tensor-cores-bf16", ProductPrecision.BFloat16, TensorCoreFactors.BFloat16.RelativeError,
            FirstLayerTensorCoreKernels.Shape, FirstLayerTensorCoreKernels.BFloat16ToFloat32Kernel),
    ];
}
