// out = relu(A^T [sum over channels of (G g G^T) * (B^T d B)] A + bias) in float32 on CUDA cores: Winograd's F(4x4, 3x3), Lavin and Gray, "Fast
// Algorithms for Convolutional Neural Networks", 2015, section 4.1, with a max pool if one follows. 36 multiplications for 16 outputs and a channel
// where the direct algorithm has 144.
// For each slab of tiles three launches: WinogradTransformKernels.InputKernel; one launch of CudaCoreConvolution.Kernel for all 36 products of
// [tiles x channels] by [channels x outputs] (TiledLaunch.Batched); WinogradTransformKernels.OutputKernel. Their memory is used again by the next slab, and by other operations.
// Per tile 36 * (C + O) values are written and read between the launches: 8 flops of the products for each of these bytes where C = O = 64, 64 where they
// are 512; so bytes weigh less, the deeper the layer.
// Measured on an H200: VGG-16 at batch 64 in 18.9 ms, by the direct algorithm in 48.7; at batch 1 in 0.86 and 1.68.
using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Kernels.Cuda;

/// <summary>3x3 convolution in float32 by Winograd's minimal filtering F(4x4, 3x3), transforms and products in inline PTX.</summary>
internal sealed class WinogradConvolution(AcceleratorDevice device) : PortableConvolution(device)
{
    /// <summary>
    /// Memory for the transformed inputs and the products of a slab, of which the second-level cache of a large GPU holds a part. It has work for
    /// 2016 groups of the product where inputs and outputs have as many channels; the 132 multiprocessors of an H100 run 528 at once.
    /// </summary>
    private const long ScratchBytes = 128 << 20;

    private readonly Lazy<Action<AcceleratorStream, KernelConfig, long, long, WinogradSlab>> input = new(() =>
        device.Accelerator.LoadKernel<long, long, WinogradSlab>(WinogradTransformKernels.InputKernel, LaunchBoundsAttribute.Find(WinogradTransformKernels.InputKernel).Specialization));

    private readonly Lazy<Action<AcceleratorStream, KernelConfig, long, long, int>> filters = new(() =>
        device.Accelerator.LoadKernel<long, long, int>(WinogradTransformKernels.FilterKernel, LaunchBoundsAttribute.Find(WinogradTransformKernels.FilterKernel).Specialization));

    private readonly Lazy<Action<AcceleratorStream, KernelConfig, long, long, long, long, TileGeometry>> product = new(() =>
        device.Accelerator.LoadKernel<long, long, long, long, TileGeometry>(CudaCoreConvolution.Kernel, LaunchBoundsAttribute.Find(CudaCoreConvolution.Kernel).Specialization));

    private readonly Lazy<Action<AcceleratorStream, KernelConfig, long, long, long, WinogradSlab>> output = new(() =>
        device.Accelerator.LoadKernel<long, long, long, WinogradSlab>(
            WinogradTransformKernels.OutputKernel, LaunchBoundsAttribute.Find(WinogradTransformKernels.OutputKernel).Specialization));

    public override string Name => "winograd-4x4-cuda-cores";

    public override string FilterLayout => Name;

    /// <summary>3.3e-6 for 512 random channels of both signs, 1e-5 for 2048, as float32 on the processor has it.</summary>
    public override double RelativeError => 2e-5;

    public override bool FusesMaxPool => true;

    public override long EstimatedFilterBytes(FilterShape filter, bool isPinnable) => sizeof(float) * (TransformedLength(filter) + filter.OutputChannels);

    protected override bool SupportsConvolution(ConvolutionSpecification specification) =>
        specification.Filter is { KernelHeight: WinogradTransform.FilterSize, KernelWidth: WinogradTransform.FilterSize }
        && specification.Filter.InputChannels % WinogradTransform.Vector == 0
        && specification.Filter.OutputChannels % WinogradTransform.Vector == 0;

    protected override MemoryBuffer1D<float, Stride1D.Dense> Arrange(MemoryBuffer1D<float, Stride1D.Dense> weights, FilterShape shape)
    {
        var transformed = Device.Memory.Allocate<float>(TransformedLength(shape));
        try
        {
            Device.Guard("transform weights", () =>
            {
                var vectors = shape.InputChannels * shape.OutputChannels / WinogradTransform.Vector;
                filters.Value(Device.Stream, WinogradTransformKernels.GridFor((long)shape.InputChannels * shape.OutputChannels), weights.NativePtr, transformed.NativePtr, vectors);
                Device.Stream.Synchronize();
            });
        }
        catch
        {
            Device.Memory.Free(transformed);
            throw;
        }

        Device.Memory.Free(weights);
        return transformed;
    }

    protected override Operation Create(ConvolutionSpecification specification, AcceleratorFilter filter)
    {
        var (transform, multiply, finish) = Device.Guard($"compile {Name}", () => (input.Value, product.Value, output.Value));
        var slabs = WinogradSlab.Divide(specification, ScratchBytes).Select(slab => (Slab: slab, slab.Product)).ToArray();
        var largest = slabs[0].Slab;
        return new AcceleratorOperation(
            Device, Name, specification.Input, specification.Output, specification.Cost,
            (source, destination, scratch) =>
            {
                var elements = AddressOf(scratch);
                var products = elements + ((long)largest.InputElements * sizeof(float));
                foreach (var (slab, launch) in slabs)
                {
                    transform(Device.Stream, slab.InputGrid, AddressOf(source), elements, slab);
                    multiply(Device.Stream, launch.Grid, elements, AddressOf(filter.Weights), AddressOf(filter.Bias), products, launch.Geometry);
                    finish(Device.Stream, slab.OutputGrid, products, AddressOf(filter.Bias), AddressOf(destination), slab);
                }
            },
            (long)largest.InputElements + largest.Products);
    }

    private static long TransformedLength(FilterShape filter) => WinogradTransform.Elements * (long)filter.InputChannels * filter.OutputChannels;
}
