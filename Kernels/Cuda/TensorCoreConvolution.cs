using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Gpu.Kernels.Cuda;

/// <summary>
/// Convolution on tensor cores: weights are rounded when they are prepared, inputs that are not stored so before each run into memory of the
/// operation; sums are float32, outputs that or rounded. The kernels stand in <see cref="TensorCoreKernels"/>.
/// </summary>
internal sealed class TensorCoreConvolution(AcceleratorDevice device, TensorCoreFactors factors) : TiledConvolution(device, factors.Vector)
{
    private readonly FactorRounding rounding = new(device.Accelerator, factors.Round);

    private readonly Lazy<Action<AcceleratorStream, KernelConfig, long, long, long, long, TileGeometry>> wide = new(() => Load(device, factors.Wide.Kernel));

    private readonly Lazy<Action<AcceleratorStream, KernelConfig, long, long, long, long, TileGeometry>> narrow = new(() => Load(device, factors.Narrow.Kernel));

    public override string Name => factors.Name;

    public override string FilterLayout => factors.Layout;

    public override ProductPrecision ProductPrecision => factors.Precision;

    public override double RelativeError => factors.RelativeError;

    /// <summary>One for each kind of factors, where the device has their instructions.</summary>
    public static IEnumerable<ConvolutionAlgorithm> Offered(AcceleratorDevice device, CudaArchitecture architecture) => TensorCoreFactors.All
        .Where(f => LaunchBoundsAttribute.Find(f.Narrow.Kernel).Supports(architecture))
        .Select(f => new TensorCoreConvolution(device, f));

    public override long EstimatedFilterBytes(FilterShape filter, bool isPinnable) => (factors.ValueBytes * filter.Elements) + (sizeof(float) * filter.OutputChannels);

    protected override bool SupportsPrecisions(ConvolutionSpecification specification) => IsStored(specification.InputPrecision) && IsStored(specification.OutputPrecision);

    /// <summary>Rounds the weights on the device.</summary>
    protected override MemoryBuffer1D<float, Stride1D.Dense> Arrange(MemoryBuffer1D<float, Stride1D.Dense> weights, FilterShape shape) =>
        rounding.Replace(Device, weights, factors.FloatsFor(weights.Length));

    protected override Operation Create(ConvolutionSpecification specification, AcceleratorFilter filter)
    {
        var outputs = specification.Filter.OutputChannels;
        var isWide = outputs % factors.Wide.Shape.Outputs is var rest && (rest == 0 || rest > factors.Wide.Shape.Outputs / 2);
        var (tile, launcher) = isWide ? (factors.Wide, wide) : (factors.Narrow, narrow);
        var kernel = Device.Guard($"compile {Name}", () => launcher.Value);
        var values = specification.Input.Elements;
        var isRounded = specification.InputPrecision == factors.Precision;
        if (!isRounded)
        {
            Device.Guard($"compile {Name}", rounding.Compile);
        }

        return Tiled(
            specification,
            filter,
            tile.Shape,
            LaunchBoundsAttribute.Find(tile.Kernel).Groups,
            (grid, input, output, geometry) => kernel(Device.Stream, grid, AddressOf(input), AddressOf(filter.Weights), AddressOf(filter.Bias), output, geometry),
            isRounded ? null : (input, rounded) => rounding.Run(Device.Stream, AddressOf(input), AddressOf(rounded), values),
            isRounded ? 0 : factors.FloatsFor(values));
    }

    private bool IsStored(ProductPrecision precision) => precision == ProductPrecision.Float32 || precision == factors.Precision;

    private static Action<AcceleratorStream, KernelConfig, long, long, long, long, TileGeometry> Load(AcceleratorDevice device, Action<long, long, long, long, TileGeometry> kernel) =>
        device.Accelerator.LoadKernel(kernel, LaunchBoundsAttribute.Find(kernel).Specialization);
}
