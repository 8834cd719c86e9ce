using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Gpu.Kernels.Cuda;

/// <summary>
/// 3x3 convolution on Hopper's warpgroup instructions: weights are rounded when they are prepared, inputs before each run into memory of
/// the operation; sums are float32. The kernels stand in <see cref="WarpgroupKernels"/>.
/// </summary>
internal sealed class WarpgroupConvolution : PortableConvolution
{
    private readonly WarpgroupFactors factors;
    private readonly FactorRounding rounding;
    private readonly WarpgroupFilter arrangement;
    private readonly Dictionary<WarpgroupTileKernel, Lazy<Action<AcceleratorStream, KernelConfig, long, long, long, long, WarpgroupGeometry>>> launchers;

    /// <summary>Prepares for a device.</summary>
    public WarpgroupConvolution(AcceleratorDevice device, CudaAccelerator accelerator, WarpgroupFactors factors)
        : base(device)
    {
        this.factors = factors;
        rounding = new FactorRounding(accelerator, factors.Rounded.Round);
        arrangement = new WarpgroupFilter(device, factors.Rounded.ValueBytes);
        launchers = new[] { factors.Large, factors.Narrow }.ToDictionary(
            tile => tile,
            tile => new Lazy<Action<AcceleratorStream, KernelConfig, long, long, long, long, WarpgroupGeometry>>(() =>
                ArchitectureSpecificKernel.Load<Action<AcceleratorStream, KernelConfig, long, long, long, long, WarpgroupGeometry>>(
                    accelerator, tile.Kernel, tile.SharedBytes(2))));
    }

    public override string Name => factors.Name;

    public override string FilterLayout => $"tiles for {Name}";

    public override ProductPrecision ProductPrecision => factors.Rounded.Precision;

    public override double RelativeError => factors.Rounded.RelativeError;

    public override bool FusesMaxPool => true;

    /// <summary>Those that the device and its driver have.</summary>
    public static IEnumerable<ConvolutionAlgorithm> Offered(AcceleratorDevice device, CudaAccelerator accelerator) => WarpgroupFactors.All
        .Where(f => ArchitectureSpecificKernel.IsSupported(accelerator, f.Narrow.Kernel))
        .Select(f => new WarpgroupConvolution(device, accelerator, f));

    public override long EstimatedFilterBytes(FilterShape filter, bool isPinnable) =>
        (factors.Rounded.ValueBytes * filter.Elements) + (sizeof(float) * filter.OutputChannels);

    protected override bool SupportsConvolution(ConvolutionSpecification specification) =>
        (specification.Filter.KernelHeight, specification.Filter.KernelWidth) == (WarpgroupGeometry.Side, WarpgroupGeometry.Side)
        && specification.Padding == Padding.Same
        && specification.Filter.InputChannels % factors.BlockChannels == 0
        && specification.Filter.OutputChannels % factors.Narrow.Outputs == 0;

    protected override MemoryBuffer1D<float, Stride1D.Dense> Arrange(MemoryBuffer1D<float, Stride1D.Dense> weights, FilterShape shape) => arrangement.Replace(
        rounding.Replace(Device, weights, factors.Rounded.FloatsFor(weights.Length)),
        new WarpgroupFilterShape(shape.InputChannels, shape.OutputChannels, TileOf(shape).Outputs, factors.VectorChannels));

    protected override Operation Create(ConvolutionSpecification specification, AcceleratorFilter filter)
    {
        var tile = TileOf(specification.Filter);
        var kernel = Device.Guard($"compile {Name}", () => launchers[tile].Value);
        Device.Guard($"compile {Name}", rounding.Compile);
        var geometry = WarpgroupGeometry.Of(specification, factors.BlockChannels, rounded: false);
        var grid = new KernelConfig(
            new Index3D(geometry.TilesOf(tile.Rows), specification.Filter.OutputChannels / tile.Outputs, 1),
            new Index3D(WarpgroupKernels.Threads, 1, 1),
            SharedMemoryConfig.RequestDynamic<byte>(tile.SharedBytes(geometry.LeftBuffers)));
        var values = specification.Input.Elements;
        var rounded = Device.Memory.Allocate<float>(factors.Rounded.FloatsFor(values));
        return new AcceleratorOperation(
            Device, Name, specification.Input, specification.Output, specification.Cost,
            (input, output) =>
            {
                rounding.Run(Device.Stream, AddressOf(input), rounded.NativePtr, values);
                kernel(Device.Stream, grid, rounded.NativePtr, AddressOf(filter.Weights), AddressOf(filter.Bias), AddressOf(output), geometry);
            },
            rounded);
    }

    private WarpgroupTileKernel TileOf(FilterShape filter) => filter.OutputChannels % factors.Large.Outputs == 0 ? factors.Large : factors.Narrow;
}
