using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>Products in float32 by the micro-kernels of the direct convolution, for filters of any shape.</summary>
internal sealed unsafe class VectorProducts(DirectKernelTable kernels) : IWinogradProducts
{
    public string NameSuffix => string.Empty;

    public ProductPrecision Precision => ProductPrecision.Float32;

    public double RelativeError => 2e-5;

    public double RelativeTime => 1;

    public int OutputsPerBlock => kernels.OutputChannels;

    public int OutputsPerGroup => Math.Max(OutputsPerBlock, HostTensor.BlockChannels);

    public int TileStep => kernels.MaximumRows(kernels.MaximumVectors);

    public int ArrangedBlocks => 1;

    public bool Supports(FilterShape filter) => true;

    public void ArrangeWeights(float* weights, int inputs, int outputs)
    {
    }

    public void ArrangeInputs(float* inputs, int elements, nint elementStride, nint blockStride)
    {
    }

    public void Begin(int tiles)
    {
    }

    public void End()
    {
    }

    public void Multiply(float* inputs, int tiles, nint blockStride, WinogradFilter filter, int group, int element, float* products, float* upcoming)
    {
        var inputBlocks = filter.Inputs / HostTensor.BlockChannels;
        var offsets = stackalloc nint[inputBlocks];
        for (var block = 0; block < inputBlocks; block++)
        {
            offsets[block] = block * blockStride;
        }

        var outputVector = kernels.VectorLength == HostTensor.BlockChannels ? blockStride : kernels.VectorLength;
        for (var output = 0; output < filter.OutputsOf(group); output += OutputsPerBlock)
        {
            var outputs = Math.Min(OutputsPerBlock, filter.OutputsOf(group) - output);
            var vectors = outputs / kernels.VectorLength;
            var runs = EvenParts.OfAtMost(tiles, kernels.MaximumRows(vectors));
            var weights = filter.Weights(group, element, output);
            var next = output + outputs < filter.OutputsOf(group) ? filter.Weights(group, element, output + outputs) : upcoming;
            var destination = products + (output / HostTensor.BlockChannels * blockStride) + (output % HostTensor.BlockChannels);
            for (var run = 0; run < runs.Count; run++)
            {
                var tile = runs.Start(run);
                kernels.Run(
                    runs.LengthOf(run), vectors,
                    inputs + (tile * HostTensor.BlockChannels), offsets, inputBlocks, HostTensor.BlockChannels,
                    weights, UpcomingWeights.Share(next, filter.Inputs, outputs, run, runs.Count),
                    filter.Zeros, 0, 0,
                    destination + (tile * HostTensor.BlockChannels), outputVector,
                    relu: false);
            }
        }
    }
}
