using System.Globalization;
using System.Runtime.InteropServices;
using Gpu.Cases;
using Gpu.Kernels.Cuda;
using Gpu.Kernels.Inspection;
using Gpu.Kernels.Operations;
using Gpu.Tests.Reference;
using NUnit.Framework;

namespace Gpu.Tests.Ptx;

/// <summary>The convolutions in inline PTX beside the float64 reference: ragged in positions, channels and images.</summary>
[TestFixture]
[Category("Ptx")]
[Parallelizable(ParallelScope.All)]
internal sealed class CudaKernelTests
{
    /// <summary>What tensor cores lose of sums of up to 400 products, cutting off where float32 rounds.</summary>
    private const double Summed = 2e-6;

    private static IEnumerable<TensorCoreFactors> Factors => TensorCoreFactors.All;

    [TestCase(1, 5, 7, 4, 8, true, Padding.Same)]
    [TestCase(2, 9, 8, 12, 68, false, Padding.Same)]
    [TestCase(3, 1, 1, 8, 4, true, Padding.Same)]
    [TestCase(1, 16, 8, 16, 64, true, Padding.Same)]
    [TestCase(2, 4, 5, 4, 4, false, Padding.Valid)]
    [TestCase(3, 5, 9, 12, 68, true, Padding.Valid, 1)]
    [TestCase(1, 5, 4, 4, 8, false, Padding.Same, 7)]
    [TestCase(5, 4, 4, 12, 8, true, Padding.Valid, 4)]
    public void Convolution_on_cuda_cores(int batch, int height, int width, int inputs, int outputs, bool relu, Padding padding, int side = 3)
    {
        var convolution = new PtxConvolution(batch, height, width, inputs, outputs, relu, padding, side: side);
        Assert.That(RelativeError.L2(convolution.RunCudaCores(PtxConvolution.CudaCores), convolution.Expected()), Is.LessThan(1e-6));
    }

    [TestCase(1, 5, 7, 4, 8, true, false, 5)]
    [TestCase(2, 9, 8, 12, 68, false, true, 1)]
    [TestCase(1, 2, 3, 20, 4, true, true, 4)]
    [TestCase(2, 5, 6, 8, 12, false, true, 9)]
    public void Convolution_on_cuda_cores_with_a_pool_or_a_split_depth(int batch, int height, int width, int inputs, int outputs, bool relu, bool pooled, int slices)
    {
        var convolution = new PtxConvolution(batch, height, width, inputs, outputs, relu, pooled: pooled);
        Assert.That(RelativeError.L2(convolution.RunCudaCores(PtxConvolution.CudaCores, slices), convolution.Expected()), Is.LessThan(1e-6));
    }

    [Test]
    public void Convolution_on_tensor_cores(
        [ValueSource(nameof(Factors))] TensorCoreFactors factors,
        [Values("1 5 7 8 8 relu", "2 9 8 40 136", "1 16 8 32 128 relu", "3 1 1 72 72 relu", "2 9 7 24 24 relu pooled", "1 17 6 8 136 pooled", "1 5 4 40 72 relu slices", "2 5 6 24 8 pooled slices", "3 7 7 40 72 relu 1x1", "2 5 4 8 24 7x7", "2 9 8 8 16 7x7 valid relu slices", "3 6 5 16 8 2x2 pooled",
            "5 3 3 24 136 valid relu slices")]
        string @case)
    {
        var parts = @case.Split(' ');
        var sizes = parts.Take(5).Select(p => int.Parse(p, CultureInfo.InvariantCulture)).ToArray();
        var convolution = new PtxConvolution(
            sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], parts.Contains("relu"),
            parts.Contains("valid") ? Padding.Valid : Padding.Same, parts.Contains("pooled"), SideOf(parts));
        var expected = convolution.ExpectedOf(Rounding.To(factors.Precision));
        var slices = parts.Contains("slices") ? 5 : 1;
        Assert.Multiple(() =>
        {
            Assert.That(RelativeError.L2(convolution.RunTensorCores(factors, factors.Wide, slices), expected), Is.LessThan(Summed));
            Assert.That(RelativeError.L2(convolution.RunTensorCores(factors, factors.Narrow, slices), expected), Is.LessThan(Summed));
        });

        static int SideOf(string[] parts) => parts.FirstOrDefault(p => p.Contains('x', StringComparison.Ordinal)) is { } size ? size[0] - '0' : 3;
    }

    /// <summary>The same bits as the kernel makes of float32 outputs that rounds inputs.</summary>
    [Test]
    public void Outputs_are_stored_as_factors([ValueSource(nameof(Factors))] TensorCoreFactors factors, [Values(false, true)] bool pooled, [Values(1, 3)] int slices)
    {
        var convolution = new PtxConvolution(2, 5, 7, 24, 72, relu: true, pooled: pooled);
        Assert.Multiple(() =>
        {
            foreach (var kernel in (TensorCoreTileKernel[])[factors.Wide, factors.Narrow])
            {
                var expected = PtxConvolution.Round(factors, KernelCompiler.Ptx(factors.Round), convolution.RunTensorCores(factors, kernel, slices));
                Assert.That(convolution.RunTensorCoresToFactors(factors, kernel, slices), Is.EqualTo(expected.Read<byte>()));
            }
        });
    }

    [Test]
    public void Tensor_cores_take_valid_padding()
    {
        var convolution = new PtxConvolution(2, 4, 5, 8, 16, relu: false, Padding.Valid);
        var result = convolution.RunTensorCores(TensorCoreFactors.Float16, TensorCoreFactors.Float16.Narrow);
        Assert.That(RelativeError.L2(result, convolution.ExpectedOf(v => (float)(Half)v)), Is.LessThan(Summed));
    }

    /// <summary>What the algorithm promises, which the products of rounded factors alone do not show.</summary>
    [Test]
    public void Rounding_costs_less_than_is_promised([ValueSource(nameof(Factors))] TensorCoreFactors factors)
    {
        var convolution = new PtxConvolution(1, 6, 5, 64, 64, relu: true);
        var error = RelativeError.L2(convolution.RunTensorCores(factors, factors.Narrow), convolution.Expected());
        Assert.That(error, Is.InRange(factors.RelativeError / 50, factors.RelativeError));
    }

    [Test]
    public void Rounding_is_to_the_nearest()
    {
        float[] values = [.. RandomArray.Uniform(1034, 1, 100f), 65504f, 65520f, -65520f, float.NaN, 1e-8f, 2049f];
        var (tensorFloats, parts) = (Rounded<float>(TensorCoreFactors.TensorFloat32), Rounded<float>(TensorCoreFactors.TensorFloat32x3));
        Assert.Multiple(() =>
        {
            Assert.That(Rounded<Half>(TensorCoreFactors.Float16), Is.EqualTo(Array.ConvertAll(values, v => (Half)v)));
            Assert.That(Array.ConvertAll(Rounded<ushort>(TensorCoreFactors.BFloat16), b => BitConverter.UInt32BitsToSingle((uint)b << 16)), Is.EqualTo(Array.ConvertAll(values, Rounding.BFloat16)));
            Assert.That(tensorFloats, Is.EqualTo(Array.ConvertAll(values, Rounding.TensorFloat)));
            for (var i = 0; i < 1034; i++)
            {
                var first = (i / 4 * 8) + (i % 4);
                Assert.That(parts[first], Is.EqualTo(tensorFloats[i]));
                Assert.That(Math.Abs((double)parts[first] + parts[first + 4] - values[i]), Is.LessThanOrEqualTo(Math.Abs(values[i]) * Math.Pow(2, -22)));
            }
        });

        T[] Rounded<T>(TensorCoreFactors factors)
            where T : unmanaged => MemoryMarshal.Cast<byte, T>(PtxConvolution.Round(factors, KernelCompiler.Ptx(factors.Round), values).Read<byte>()).ToArray();
    }
}
