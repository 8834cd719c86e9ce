using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Gpu.Kernels.Cuda;

/// <summary>
/// 3x3 convolution on tensor cores: weights are rounded to float16 when they are prepared, inputs before each run into memory of
/// the operation; sums and outputs are float32. The kernels stand in <see cref="TensorCoreKernels"/>.
/// </summary>
internal sealed class TensorCoreConvolution(AcceleratorDevice device) : PortableConvolution(device)
{
    /// <summary>Bound of the error where both factors of a product are rounded to 11 bits: 3e-4 for random ones.</summary>
    public const double RoundingError = 6e-4;

    /// <summary>Outputs of the wide tiles.</summary>
    private const int Wide = TensorCoreKernels.WideTileOutputs;

    private readonly HalfRounding rounding = new(device.Accelerator);

    private readonly Lazy<Action<AcceleratorStream, KernelConfig, long, long, long, long, ConvolutionGeometry, int>> wide = new(() => Load(device, TensorCoreKernels.WideKernel));

    private readonly Lazy<Action<AcceleratorStream, KernelConfig, long, long, long, long, ConvolutionGeometry, int>> narrow = new(() => Load(device, TensorCoreKernels.NarrowKernel));

    public override string Name => "implicit-gemm-tensor-cores";

    public override string FilterLayout => "HWIO in float16";

    public override WeightPrecision WeightPrecision => WeightPrecision.Float16;

    public override double RelativeError => RoundingError;

    /// <summary>Whether a device has the kernels' instructions.</summary>
    public static bool IsOffered(CudaArchitecture architecture) => LaunchBoundsAttribute.Find(TensorCoreKernels.WideKernel).Supports(architecture);

    public override long EstimatedFilterBytes(FilterShape filter, bool isPinnable) => (sizeof(ushort) * filter.Elements) + (sizeof(float) * filter.OutputChannels);

    protected override bool SupportsConvolution(ConvolutionSpecification specification) =>
        TapWindow.Fits(specification)
        && specification.Filter.InputChannels % TensorCoreKernels.Vector == 0
        && specification.Filter.OutputChannels % TensorCoreKernels.Vector == 0;

    /// <summary>Rounds the weights on the device.</summary>
    protected override MemoryBuffer1D<float, Stride1D.Dense> Arrange(MemoryBuffer1D<float, Stride1D.Dense> weights)
    {
        var rounded = AllocateHalves(weights.Length);
        try
        {
            Device.Guard("round weights to float16", () =>
            {
                rounding.Run(Device.Stream, weights.NativePtr, rounded.NativePtr, weights.Length);
                Device.Stream.Synchronize();
            });
        }
        catch
        {
            Device.Memory.Free(rounded);
            throw;
        }

        Device.Memory.Free(weights);
        return rounded;
    }

    protected override Operation Create(ConvolutionSpecification specification, AcceleratorFilter filter)
    {
        var geometry = ConvolutionGeometry.Of(specification);
        var positions = (int)specification.Output.Positions;
        var isWide = geometry.OutputChannels % Wide is 0 or > Wide / 2;
        var launch = Device.Guard($"compile {Name}", () => isWide ? wide.Value : narrow.Value);
        Device.Guard($"compile {Name}", rounding.Compile);
        var tileOutputs = isWide ? Wide : TensorCoreKernels.NarrowTileOutputs;
        var grid = new KernelConfig(
            new Index3D((positions + TensorCoreKernels.TilePositions - 1) / TensorCoreKernels.TilePositions, (geometry.OutputChannels + tileOutputs - 1) / tileOutputs, 1),
            new Index3D(TensorCoreKernels.Threads, 1, 1));
        var values = specification.Input.Elements;
        var halves = AllocateHalves(values);
        return new AcceleratorOperation(
            Device, Name, specification.Input, specification.Output, specification.Cost,
            (input, output) =>
            {
                rounding.Run(Device.Stream, AddressOf(input), halves.NativePtr, values);
                launch(Device.Stream, grid, halves.NativePtr, AddressOf(filter.Weights), AddressOf(filter.Bias), AddressOf(output), geometry, positions);
            },
            halves);
    }

    private static Action<AcceleratorStream, KernelConfig, long, long, long, long, ConvolutionGeometry, int> Load(
        AcceleratorDevice device, Action<long, long, long, long, ConvolutionGeometry, int> kernel) =>
        device.Accelerator.LoadKernel(kernel, LaunchBoundsAttribute.Find(kernel).Specialization);

    /// <summary>Memory for an even number of float16 values.</summary>
    private MemoryBuffer1D<float, Stride1D.Dense> AllocateHalves(long values) => Device.Memory.Allocate<float>(values / 2);
}
