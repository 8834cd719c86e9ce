using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Gpu.Kernels.Cuda;

/// <summary>3x3 convolution of three channels. The kernels stand in <see cref="FirstLayerKernels"/> and <see cref="FirstLayerTensorCoreKernels"/>.</summary>
internal sealed class FirstLayerConvolution : PortableConvolution
{
    /// <summary>Outputs are multiples of as many halves as fill 16 bytes.</summary>
    private const int Vector = 8;

    private readonly FirstLayerProducts products;
    private readonly Dictionary<ProductPrecision, Lazy<Action<AcceleratorStream, KernelConfig, long, long, long, long, FirstLayerGeometry>>> launchers;

    private FirstLayerConvolution(AcceleratorDevice device, FirstLayerProducts products, CudaArchitecture architecture)
        : base(device)
    {
        this.products = products;
        launchers = products.Kernels
            .Select(k => (k.Output, k.Kernel, Bounds: LaunchBoundsAttribute.Find(k.Kernel)))
            .Where(k => k.Bounds.Supports(architecture))
            .ToDictionary(
                k => k.Output,
                k => new Lazy<Action<AcceleratorStream, KernelConfig, long, long, long, long, FirstLayerGeometry>>(
                    () => device.Accelerator.LoadKernel(k.Kernel, k.Bounds.Specialization)));
    }

    public override string Name => products.Name;

    public override ProductPrecision ProductPrecision => products.Precision;

    public override double RelativeError => products.RelativeError;

    public override bool FusesMaxPool => true;

    /// <summary>Those that have a kernel whose instructions the device has.</summary>
    public static IEnumerable<ConvolutionAlgorithm> Offered(AcceleratorDevice device, CudaArchitecture architecture) =>
        FirstLayerProducts.All.Select(p => new FirstLayerConvolution(device, p, architecture)).Where(a => a.launchers.Count > 0);

    protected override bool SupportsConvolution(ConvolutionSpecification specification) =>
        specification.Filter is { KernelHeight: FirstLayerGeometry.Side, KernelWidth: FirstLayerGeometry.Side, InputChannels: FirstLayerGeometry.Channels }
        && specification.Filter.OutputChannels % Vector == 0;

    protected override bool SupportsPrecisions(ConvolutionSpecification specification) =>
        specification.InputPrecision == ProductPrecision.Float32 && launchers.ContainsKey(specification.OutputPrecision);

    protected override Operation Create(ConvolutionSpecification specification, AcceleratorFilter filter)
    {
        var kernel = Device.Guard($"compile {Name}", () => launchers[specification.OutputPrecision].Value);
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
/// <param name="Kernels">For each precision of outputs the kernel, which takes the addresses of input, filter, bias and output.</param>
internal sealed record FirstLayerProducts(
    string Name,
    ProductPrecision Precision,
    double RelativeError,
    FirstLayerTileShape Tile,
    IReadOnlyList<(ProductPrecision Output, Action<long, long, long, long, FirstLayerGeometry> Kernel)> Kernels)
{
    /// <summary>Float32 on CUDA cores, and halves on tensor cores.</summary>
    public static IReadOnlyList<FirstLayerProducts> All { get; } =
    [
        new("first-layer-cuda-cores", ProductPrecision.Float32, RelativeError: 1e-6, FirstLayerKernels.Shape,
        [
            (ProductPrecision.Float32, FirstLayerKernels.Float32Kernel),
            (ProductPrecision.Float16, FirstLayerKernels.Float16Kernel),
            (ProductPrecision.BFloat16, FirstLayerKernels.BFloat16Kernel),
            (ProductPrecision.TensorFloat32, FirstLayerKernels.TensorFloat32Kernel),
            (ProductPrecision.TensorFloat32x3, FirstLayerKernels.TensorFloat32x3Kernel),
        ]),
        new("first-layer-tensor-cores", ProductPrecision.Float16, TensorCoreFactors.Float16.RelativeError, FirstLayerTensorCoreKernels.Shape,
        [
            (ProductPrecision.Float32, FirstLayerTensorCoreKernels.Float16ToFloat32Kernel),
            (ProductPrecision.Float16, FirstLayerTensorCoreKernels.Float16Kernel),
        ]),
        new("first-layer-tensor-cores-bf16", ProductPrecision.BFloat16, TensorCoreFactors.BFloat16.RelativeError, FirstLayerTensorCoreKernels.Shape,
        [
            (ProductPrecision.Float32, FirstLayerTensorCoreKernels.BFloat16ToFloat32Kernel),
            (ProductPrecision.BFloat16, FirstLayerTensorCoreKernels.BFloat16Kernel),
        ]),
    ];
}
