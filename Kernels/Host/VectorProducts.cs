using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>Products in float32 by the micro-kernels of the direct convolution.</summary>
internal sealed unsafe class VectorProducts(DirectKernelTable kernels) : IMatrixProducts
{
    public string NameSuffix => string.Empty;

    public ProductPrecision Precision => ProductPrecision.Float32;

    public double WinogradError => 2e-5;

    public double RelativeError => 1e-6;

    public double RelativeTime => 1;

    public int OutputsPerBlock => kernels.OutputChannels;

    public int OutputsPerGroup => Math.Max(OutputsPerBlock, HostTensor.BlockChannels);

    public int OutputStep => kernels.VectorLength;

    public int RowStep => kernels.MaximumRows(kernels.MaximumVectors);

    public int AddedRows => 1;

    public int ArrangedBlocks => 1;

    public void ArrangeWeights(float* weights, int inputs, int outputs)
    {
    }

    public void ArrangeInputs(float* inputs, int count, nint stride, nint blockStride)
    {
    }

    public void Begin(int rows)
    {
    }

    public void End()
    {
    }

    public void Multiply(in MatrixProduct product)
    {
        var inputBlocks = product.InputChannels / HostTensor.BlockChannels;
        var offsets = stackalloc nint[inputBlocks];
        for (var block = 0; block < inputBlocks; block++)
        {
            offsets[block] = block * product.BlockStride;
        }

        var zeros = stackalloc float[OutputsPerBlock];
        var outputVector = kernels.VectorLength == HostTensor.BlockChannels ? product.BlockStride : kernels.VectorLength;
        for (var output = 0; output < product.Outputs; output += OutputsPerBlock)
        {
            var outputs = Math.Min(OutputsPerBlock, product.Outputs - output);
            var vectors = outputs / kernels.VectorLength;
            var runs = EvenParts.OfAtMost(product.Rows, kernels.MaximumRows(vectors));
            var weights = product.Weights + ((nint)output * product.InputChannels);
            var next = output + outputs < product.Outputs ? weights + ((nint)outputs * product.InputChannels) : product.Upcoming;
            var sums = product.Sums + (output / HostTensor.BlockChannels * product.BlockStride) + (output % HostTensor.BlockChannels);
            for (var run = 0; run < runs.Count; run++)
            {
                var row = (nint)runs.Start(run) * HostTensor.BlockChannels;
                kernels.Run(
                    runs.LengthOf(run), vectors,
                    product.Inputs + row, offsets, inputBlocks, HostTensor.BlockChannels,
                    weights, UpcomingWeights.Share(next, product.InputChannels, outputs, run, runs.Count),
                    product.IsAdded ? sums + row : zeros, product.IsAdded ? HostTensor.BlockChannels : 0, product.IsAdded ? outputVector : 0,
                    sums + row, outputVector,
                    relu: false);
            }
        }
    }
}
