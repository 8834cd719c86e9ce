using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Gpu.Kernels.Cuda;

/// <summary>
/// 3x3 convolution on Hopper's warpgroup instructions: weights are rounded when they are prepared, inputs that are not stored so before each
/// run into memory of the operation; sums are float32. The kernels stand in <see cref="WarpgroupKernels"/>.
/// </summary>
internal sealed class WarpgroupConvolution : PortableConvolution
{
    private readonly WarpgroupFactors factors;
    private readonly FactorRounding rounding;
    private readonly WarpgroupFilter arrangement;
    private readonly Dictionary<ProductPrecision, SliceReduction> reductions;
    private readonly Dictionary<WarpgroupTileKernel, Lazy<Action<AcceleratorStream, KernelConfig, long, long, long, long, WarpgroupGeometry>>> launchers;

    /// <summary>Prepares for a device.</summary>
    public WarpgroupConvolution(AcceleratorDevice device, CudaAccelerator accelerator, WarpgroupFactors factors)
        : base(device)
    {
        this.factors = factors;
        rounding = new FactorRounding(accelerator, factors.Rounded.Round);
        reductions = new[] { ProductPrecision.Float32, factors.Rounded.Precision }.ToDictionary(p => p, p => new SliceReduction(accelerator, p));
        arrangement = new WarpgroupFilter(device, factors.FactorBytes);
        launchers = new[] { factors.Wide, factors.Narrow }.ToDictionary(
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
        new WarpgroupFilterShape(shape.InputChannels, shape.OutputChannels, TileOf(shape).Outputs, factors.VectorChannels, factors.Parts));

    protected override bool SupportsPrecisions(ConvolutionSpecification specification) =>
        IsOwnOrFloat32(specification.InputPrecision) && IsOwnOrFloat32(specification.OutputPrecision);

    protected override Operation Create(ConvolutionSpecification specification, AcceleratorFilter filter)
    {
        var tile = TileOf(specification.Filter);
        var kernel = Device.Guard($"compile {Name}", () => launchers[tile].Value);
        var launch = WarpgroupLaunch.For(specification, factors, tile, Device.Accelerator.NumMultiprocessors);
        var reduction = reductions[specification.OutputPrecision];
        if (launch.Slices > 1)
        {
            Device.Guard($"compile {Name}", reduction.Compile);
        }

        var isRounding = specification.InputPrecision == ProductPrecision.Float32;
        if (isRounding)
        {
            Device.Guard($"compile {Name}", rounding.Compile);
        }

        var values = specification.Input.Elements;
        var roundedLength = isRounding ? factors.Rounded.FloatsFor(values) : 0;
        return new AcceleratorOperation(
            Device, Name, specification.Input, specification.Output, specification.Cost,
            (input, output, scratch) =>
            {
                var rounded = isRounding ? scratch.SubView(0, roundedLength) : default;
                var partial = launch.Slices > 1 ? scratch.SubView(roundedLength, launch.PartialSums) : default;
                if (isRounding)
                {
                    rounding.Run(Device.Stream, AddressOf(input), AddressOf(rounded), values);
                }

                kernel(
                    Device.Stream, launch.Grid, AddressOf(isRounding ? rounded : input), AddressOf(filter.Weights), AddressOf(filter.Bias),
                    AddressOf(launch.Slices > 1 ? partial : output), launch.Geometry);
                if (launch.Slices > 1)
                {
                    reduction.Run(Device.Stream, launch.Reduced, partial, filter.Bias, AddressOf(output));
                }
            },
            roundedLength + launch.PartialSums,
            (specification.InputPrecision, specification.OutputPrecision));
    }

    private bool IsOwnOrFloat32(ProductPrecision precision) => precision == ProductPrecision.Float32 || precision == ProductPrecision;

    private WarpgroupTileKernel TileOf(FilterShape filter) => filter.OutputChannels % factors.Wide.Outputs == 0 ? factors.Wide : factors.Narrow;
}
