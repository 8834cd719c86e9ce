using Gpu.Cases;
using Gpu.Kernels.Cuda;
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

    [TestCase(1, 5, 7, 8, 8, true, Padding.Same)]
    [TestCase(2, 9, 8, 40, 136, false, Padding.Same)]
    [TestCase(1, 16, 8, 32, 128, true, Padding.Same)]
    [TestCase(3, 1, 1, 72, 72, true, Padding.Same)]
    [TestCase(2, 4, 5, 8, 16, false, Padding.Valid)]
    public void Convolution_on_tensor_cores(int batch, int height, int width, int inputs, int outputs, bool relu, Padding padding)
    {
        var convolution = new PtxConvolution(batch, height, width, inputs, outputs, relu, padding);
        var expected = convolution.ExpectedOfHalves();
        Assert.Multiple(() =>
        {
            Assert.That(RelativeError.L2(convolution.RunTensorCores(PtxConvolution.WideTensorCores, TensorCoreKernels.WideTileOutputs), expected), Is.LessThan(1e-6));
            Assert.That(RelativeError.L2(convolution.RunTensorCores(PtxConvolution.NarrowTensorCores, TensorCoreKernels.NarrowTileOutputs), expected), Is.LessThan(1e-6));
        });
    }

    /// <summary>What the algorithm promises, which the products of halves alone do not show.</summary>
    [Test]
    public void Rounding_to_halves_costs_less_than_is_promised()
    {
        var convolution = new PtxConvolution(1, 6, 5, 64, 64, relu: true);
        var result = convolution.RunTensorCores(PtxConvolution.NarrowTensorCores, TensorCoreKernels.NarrowTileOutputs);
        Assert.That(RelativeError.L2(result, convolution.Expected()), Is.InRange(1e-5, TensorCoreConvolution.RoundingError));
    }

    [Test]
    public void Rounding_to_halves_is_to_the_nearest()
    {
        float[] values = [.. RandomArray.Uniform(1034, 1, 100f), 65504f, 65520f, -65520f, float.NaN, 1e-8f, 2049f];
        var output = PtxBuffer.Uninitialised<Half>("output", values.Length);
        var vectors = values.Length / HalfRounding.Vector;
        PtxInterpreter.Run(
            KernelCompiler.Ptx(HalfRounding.Kernel), new PtxLaunch(new Extent((vectors + HalfRounding.Threads - 1) / HalfRounding.Threads), new Extent(HalfRounding.Threads)),
            PtxBuffer.Of<float>("input", values), output, vectors);
        Assert.That(output.Read<Half>(), Is.EqualTo(Array.ConvertAll(values, v => (Half)v)));
    }
}
