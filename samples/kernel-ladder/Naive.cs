// Rung 1: a thread per output, as the definition reads. Positions are fastest, so neighbouring threads read pixels, and write outputs,
// that lie all channels apart: each access of a warp touches 32 lines of memory and uses 4 bytes of each.
using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;
using Device = Gpu.Kernels.Devices.Device;

namespace KernelLadder;

/// <summary>A thread per output, neighbours at neighbouring positions.</summary>
internal sealed class Naive(Device device) : Rung(device)
{
    public override string Name => "ladder-1-naive";

    protected override ConvolutionLaunch Load(ConvolutionSpecification specification)
    {
        var kernel = Accelerator.LoadAutoGroupedKernel<
            Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ConvolutionGeometry, int>(Kernel);
        var geometry = ConvolutionGeometry.Of(specification);
        var (outputs, positions) = ((int)specification.Output.Elements, (int)specification.Output.Positions);
        return (stream, input, filter, bias, output) => kernel(stream, outputs, input, filter, bias, output, geometry, positions);
    }

    internal static void Kernel(
        Index1D index, ArrayView<float> input, ArrayView<float> filter, ArrayView<float> bias, ArrayView<float> output, ConvolutionGeometry g, int positions)
    {
        var position = index % positions;
        var channel = index / positions;
        output[position * g.OutputChannels + channel] = g.Finish(Sum(Window.Of(position, g), channel, input, filter, g), bias[channel]);
    }

    /// <summary>One output before bias and ReLU.</summary>
    internal static float Sum(Window window, int channel, ArrayView<float> input, ArrayView<float> filter, ConvolutionGeometry g)
    {
        var sum = 0f;
        for (var tap = 0; tap < g.KernelHeight * g.KernelWidth; tap++)
        {
            var pixel = window.Pixel(tap * g.InputChannels, g);
            if (pixel >= 0)
            {
                for (var c = 0; c < g.InputChannels; c++)
                {
                    sum += input[pixel * g.InputChannels + c] * filter[(tap * g.InputChannels + c) * g.OutputChannels + channel];
                }
            }
        }

        return sum;
    }
}
