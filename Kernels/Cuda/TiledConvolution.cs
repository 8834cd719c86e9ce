using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Kernels.Cuda;

/// <summary>What the tiled convolutions share: the max pool as a part of them, and a depth that is split where positions are few.</summary>
/// <param name="device">The device.</param>
/// <param name="vector">Values of a copy: channels are multiples of it.</param>
internal abstract class TiledConvolution(AcceleratorDevice device, int vector) : PortableConvolution(device)
{
    private readonly Dictionary<ProductPrecision, SliceReduction> reductions =
        Enum.GetValues<ProductPrecision>().ToDictionary(p => p, p => new SliceReduction(device.Accelerator, p));

    /// <summary>Queues a kernel: its grid, the input, the address that it writes to, and its geometry.</summary>
    protected delegate void TiledKernel(KernelConfig grid, ArrayView<float> input, long output, TileGeometry geometry);

    public override bool FusesMaxPool => true;

    /// <summary>Everything whose channels are whole vectors, but products with one vector, which <see cref="SplitMatrixVector"/> is made for.</summary>
    protected override bool SupportsConvolution(ConvolutionSpecification specification) =>
        !SplitMatrixVector.IsMatrixVector(specification)
        && specification.Filter.InputChannels % vector == 0
        && specification.Filter.OutputChannels % vector == 0;

    /// <summary>Makes the operation of a kernel.</summary>
    /// <param name="specification">What it computes.</param>
    /// <param name="filter">The layer's parameters.</param>
    /// <param name="tile">The kernel's tile.</param>
    /// <param name="sharing">Groups of it that share a multiprocessor.</param>
    /// <param name="kernel">Queues it.</param>
    /// <param name="prepare">Queues what arranges the input in the operation's memory, and returns it; null to take the input as it is.</param>
    /// <param name="prepared">Values of memory for that, a multiple of 4.</param>
    protected Operation Tiled(
        ConvolutionSpecification specification,
        AcceleratorFilter filter,
        TileShape tile,
        int sharing,
        TiledKernel kernel,
        Action<ArrayView<float>, ArrayView<float>>? prepare = null,
        long prepared = 0)
    {
        var launch = TiledLaunch.For(specification, tile, Device.Accelerator.NumMultiprocessors, sharing);
        var reduction = reductions[specification.OutputPrecision];
        if (launch.Slices > 1)
        {
            Device.Guard($"compile {Name}", reduction.Compile);
        }

        return new AcceleratorOperation(
            Device, Name, specification.Input, specification.Output, specification.Cost,
            (input, output, scratch) =>
            {
                var arranged = prepared > 0 ? scratch.SubView(0, prepared) : default;
                var partial = launch.Slices > 1 ? scratch.SubView(prepared, launch.PartialSums) : default;
                prepare?.Invoke(input, arranged);
                kernel(launch.Grid, prepare is null ? input : arranged, launch.Slices > 1 ? AddressOf(partial) : AddressOf(output), launch.Geometry);
                if (launch.Slices > 1)
                {
                    reduction.Run(Device.Stream, launch, partial, filter.Bias, AddressOf(output));
                }
            },
            prepared + launch.PartialSums,
            (specification.InputPrecision, specification.OutputPrecision));
    }
}
