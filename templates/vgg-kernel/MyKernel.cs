// out[n,y,x,o] = relu(bias[o] + sum_{i,j,c} in[n, y+i-padTop, x+j-padLeft, c] * filter[i,j,c,o])
// in is (N, H, W, C), filter is (KH, KW, C, O), out is (N, OH, OW, O); all dense, the last index fastest.
// Launch: a thread per output, output channels fastest.
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;
using Device = Gpu.Kernels.Devices.Device;

namespace MyKernel;

/// <summary>Tells vgg which algorithms this library has.</summary>
public sealed class Algorithms : IAlgorithmProvider
{
    public IEnumerable<ConvolutionAlgorithm> Create(Device device) => AcceleratorAlgorithm.IsDriven(device) ? [new Convolution(device)] : [];
}

/// <summary>A convolution by the kernel below.</summary>
internal sealed class Convolution(Device device) : AcceleratorAlgorithm(device)
{
    public override string Name => "my-kernel";

    /// <summary>What 'vgg kernels check' allows: the relative L2 error against float64.</summary>
    public override double RelativeError => 1e-5;

    /// <summary>What the kernel cannot compute is left to others.</summary>
    protected override bool SupportsConvolution(ConvolutionSpecification specification) => true;

    protected override ConvolutionLaunch Load(ConvolutionSpecification specification)
    {
        var kernel = Accelerator.LoadAutoGroupedKernel<
            Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ConvolutionGeometry>(Kernel);
        var geometry = ConvolutionGeometry.Of(specification);
        var outputs = (int)specification.Output.Elements;
        return (stream, input, filter, bias, output) => kernel(stream, outputs, input, filter, bias, output, geometry);
    }

    private static void Kernel(
        Index1D index, ArrayView<float> input, ArrayView<float> filter, ArrayView<float> bias, ArrayView<float> output, ConvolutionGeometry g)
    {
        var channel = index % g.OutputChannels;
        var position = index / g.OutputChannels;
        var left = position % g.OutputWidth - g.PadLeft;
        var top = position / g.OutputWidth % g.OutputHeight - g.PadTop;
        var image = position / g.OutputWidth / g.OutputHeight;
        var sum = 0f;
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
                    for (var c = 0; c < g.InputChannels; c++)
                    {
                        sum += input[pixel + c] * filter[weights + c * g.OutputChannels];
                    }
                }
            }
        }

        output[index] = g.Finish(sum, bias[channel]);
    }
}
