// Rung 2: the same sum, but output channels are fastest: neighbouring threads read neighbouring weights, write neighbouring outputs and
// share the pixel, so that an access of a warp touches one or four lines. Still two loads for each multiply-add.
using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;
using Device = Gpu.Kernels.Devices.Device;

namespace KernelLadder;

/// <summary>A thread per output, neighbours at neighbouring channels.</summary>
internal sealed class Coalesced(Device device) : Rung(device)
{
    public override string Name => "ladder-2-coalesced";

    protected override ConvolutionLaunch Load(ConvolutionSpecification specification)
    {
        var kernel = Accelerator.LoadAutoGroupedKernel<
            Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ConvolutionGeometry>(Kernel);
        var geometry = ConvolutionGeometry.Of(specification);
        var outputs = (int)specification.Output.Elements;
        return (stream, input, filter, bias, output) => kernel(stream, outputs, input, filter, bias, output, geometry);
    }

    internal static void Kernel(
        Index1D index, ArrayView<float> input, ArrayView<float> filter, ArrayView<float> bias, ArrayView<float> output, ConvolutionGeometry g)
    {
        var channel = index % g.OutputChannels;
        output[index] = g.Finish(Naive.Sum(Window.Of(index / g.OutputChannels, g), channel, input, filter, g), bias[channel]);
    }
}
