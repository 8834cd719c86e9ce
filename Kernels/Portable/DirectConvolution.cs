// out[n,y,x,o] = relu(bias[o] + sum_{i,j,c} in[n, y+i-padTop, x+j-padLeft, c] * filter[i,j,c,o]), as the definition reads.
// in is (N, H, W, C), filter is (KH, KW, C, O), out is (N, OH, OW, O).
// Launch: one thread per output element, output channels fastest, so that neighbours share the input pixel and read adjacent weights.
// No shared memory, no barriers. 2*KH*KW*C flops and 8*KH*KW*C bytes of loads per output: caches have to serve nearly all of them.
// The readable reference for the other convolutions, and the quickest to simulate.
using Gpu.Kernels.Operations;
using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Kernels.Portable;

/// <summary>Convolution by its definition, a thread per output.</summary>
internal sealed class DirectConvolution(AcceleratorDevice device) : PortableConvolution(device)
{
    private readonly Lazy<Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ConvolutionGeometry>> launcher =
        new(() => device.Accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ConvolutionGeometry>(Kernel));

    public override string Name => "direct";

    protected override Operation Create(ConvolutionSpecification specification, AcceleratorFilter filter)
    {
        var launch = Device.Guard($"compile {Name}", () => launcher.Value);
        var geometry = ConvolutionGeometry.Of(specification);
        var outputs = (int)specification.Output.Elements;
        return Operation(specification, (input, output) => launch(Device.Stream, outputs, input, filter.Weights, filter.Bias, output, geometry));
    }

    internal static void Kernel(
        Index1D index, ArrayView<float> input, ArrayView<float> filter, ArrayView<float> bias, ArrayView<float> output, ConvolutionGeometry g)
    {
        var channel = index % g.OutputChannels;
        var position = index / g.OutputChannels;
        var left = position % g.OutputWidth - g.PadLeft;
        var top = position / g.OutputWidth % g.OutputHeight - g.PadTop;
        var image = position / g.OutputWidth / g.OutputHeight;

        var total = 0f;
        for (var i = 0; i < g.KernelHeight; i++)
        {
            for (var j = 0; j < g.KernelWidth; j++)
            {
                var row = top + i;
                var column = left + j;
                if (row >= 0 && row < g.Height && column >= 0 && column < g.Width)
                {
                    var pixel = ((image * g.Height + row) * g.Width + column) * g.InputChannels;
                    var weights = (i * g.KernelWidth + j) * g.InputChannels * g.OutputChannels + channel;
                    for (var first = 0; first < g.InputChannels; first += TermsPerSum)
                    {
                        var last = IntrinsicMath.Min(first + TermsPerSum, g.InputChannels);
                        var sum = 0f;
                        for (var c = first; c < last; c++)
                        {
                            sum += input[pixel + c] * filter[weights + c * g.OutputChannels];
                        }

                        total += sum;
                    }
                }
            }
        }

        output[index] = g.Finish(total, bias[channel]);
    }
}
