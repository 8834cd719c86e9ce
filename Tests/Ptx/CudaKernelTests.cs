using Gpu.Kernels.Operations;
using Gpu.Tests.Reference;
using NUnit.Framework;

namespace Gpu.Tests.Ptx;

/// <summary>The convolutions in inline PTX beside the float64 reference: ragged in positions, channels and images.</summary>
[TestFixture]
[Category("Ptx")]
internal sealed class CudaKernelTests
{
    [TestCase(1, 5, 7, 4, 8, true, Padding.Same)]
    [TestCase(2, 9, 8, 12, 68, false, Padding.Same)]
    [TestCase(3, 1, 1, 8, 4, true, Padding.Same)]
    [TestCase(1, 16, 8, 16, 64, true, Padding.Same)]
    [TestCase(2, 4, 5, 4, 4, false, Padding.Valid)]
    public void Convolution_on_cuda_cores(int batch, int height, int width, int inputs, int outputs, bool relu, Padding padding)
    {
        var convolution = new PtxConvolution(batch, height, width, inputs, outputs, relu, padding);
        Assert.That(RelativeError.L2(convolution.RunCudaCores(PtxConvolution.CudaCores), convolution.Expected()), Is.LessThan(1e-6));
    }
}
