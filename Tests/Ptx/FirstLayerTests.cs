using System.Globalization;
using System.Text.RegularExpressions;
using Gpu.Kernels.Cuda;
using Gpu.Kernels.Inspection;
using Gpu.Kernels.Operations;
using Gpu.Tests.Reference;
using NUnit.Framework;

namespace Gpu.Tests.Ptx;

/// <summary>The kernels of the first layer beside the float64 reference: ragged in positions, outputs and images.</summary>
[TestFixture]
[Category("Ptx")]
[Parallelizable(ParallelScope.All)]
internal sealed class FirstLayerTests
{
    private static readonly FirstLayerTileShape CudaCores = FirstLayerKernels.Shape;
    private static readonly FirstLayerTileShape TensorCores = FirstLayerTensorCoreKernels.Shape;

    /// <summary>Sizes, less and more than a tile, and what is special.</summary>
    private static readonly string[] Cases =
        ["1 5 7 8 relu", "2 9 6 72 pooled", "3 2 2 64 relu pooled", "1 3 33 64", "1 11 35 8 relu pooled", "2 9 37 16 relu valid", "1 1 1 64 relu"];

    [Test]
    public void On_cuda_cores([ValueSource(nameof(Cases))] string @case)
    {
        var convolution = Convolution(@case);
        Assert.That(RelativeError.L2(Run(convolution, FirstLayerKernels.Float32Kernel, CudaCores), convolution.Expected()), Is.LessThan(1e-6));
    }

    [Test]
    public void On_tensor_cores([ValueSource(nameof(Cases))] string @case)
    {
        var convolution = Convolution(@case);
        var (halves, brainFloats) = (TensorCoreFactors.Float16, TensorCoreFactors.BFloat16);
        Assert.Multiple(() =>
        {
            Check(Run(convolution, FirstLayerTensorCoreKernels.Float16ToFloat32Kernel, TensorCores), halves);
            Check(Run(convolution, FirstLayerTensorCoreKernels.BFloat16ToFloat32Kernel, TensorCores), brainFloats);
        });

        void Check(float[] result, TensorCoreFactors factors)
        {
            Assert.That(RelativeError.L2(result, convolution.ExpectedOf(Rounding.To(factors.Precision))), Is.LessThan(1e-6));
            Assert.That(RelativeError.L2(result, convolution.Expected()), Is.LessThan(factors.RelativeError));
        }
    }

    /// <summary>Outputs in a format are those in float32, rounded as a kernel of their own rounds them.</summary>
    [Test]
    public void Outputs_are_rounded_for_the_next_layer([Values("1 5 35 72 relu", "1 5 35 8 pooled")] string @case)
    {
        var convolution = Convolution(@case);
        var outputs = Run(convolution, FirstLayerKernels.Float32Kernel, CudaCores);
        Assert.Multiple(() =>
        {
            Check(outputs, FirstLayerKernels.Float16Kernel, CudaCores, TensorCoreFactors.Float16);
            Check(outputs, FirstLayerKernels.BFloat16Kernel, CudaCores, TensorCoreFactors.BFloat16);
            Check(outputs, FirstLayerKernels.TensorFloat32Kernel, CudaCores, TensorCoreFactors.TensorFloat32);
            Check(outputs, FirstLayerKernels.TensorFloat32x3Kernel, CudaCores, TensorCoreFactors.TensorFloat32x3);
            Check(
                Run(convolution, FirstLayerTensorCoreKernels.Float16ToFloat32Kernel, TensorCores),
                FirstLayerTensorCoreKernels.Float16Kernel, TensorCores, TensorCoreFactors.Float16);
            Check(
                Run(convolution, FirstLayerTensorCoreKernels.BFloat16ToFloat32Kernel, TensorCores),
                FirstLayerTensorCoreKernels.BFloat16Kernel, TensorCores, TensorCoreFactors.BFloat16);
        });

        void Check(float[] values, Action<long, long, long, long, FirstLayerGeometry> kernel, FirstLayerTileShape tile, TensorCoreFactors factors)
        {
            var stored = convolution.RunFirstLayer(KernelCompiler.Ptx(kernel), tile, factors.ValueBytes).Read<byte>();
            Assert.That(stored, Is.EqualTo(PtxConvolution.Round(factors, KernelCompiler.Ptx(factors.Round), values).Read<byte>()), factors.Name);
        }
    }

    [Test]
    public void A_mistaken_pool_gives_a_wrong_result() => Differs("1 6 4 16 pooled", FirstLayerKernels.Float32Kernel, CudaCores, @"max\.f32", "min.f32");

    [Test]
    public void Swapped_columns_of_pixels_give_a_wrong_result() =>
        Differs("1 6 4 16", FirstLayerTensorCoreKernels.Float16ToFloat32Kernel, TensorCores, @"\{pixels0, pixels1, pixels2, pixels3\}", "{pixels1, pixels0, pixels3, pixels2}");

    [Test]
    public void Every_barrier_is_needed([Values(0, 1)] int barrier)
    {
        var convolution = Convolution("1 12 70 8");
        Assert.Multiple(() =>
        {
            Fails(FirstLayerKernels.Float32Kernel, CudaCores);
            Fails(FirstLayerTensorCoreKernels.Float16Kernel, TensorCores);
        });

        void Fails(Action<long, long, long, long, FirstLayerGeometry> kernel, FirstLayerTileShape tile)
        {
            var module = KernelCompiler.Ptx(kernel);
            var place = Regex.Matches(module, @"bar\.sync\s+0;")[barrier];
            Assert.That(
                () => convolution.RunFirstLayer(module.Remove(place.Index, place.Length), tile),
                Throws.TypeOf<PtxException>().With.Message.Contains("shared byte"));
        }
    }

    private static PtxConvolution Convolution(string @case)
    {
        var parts = @case.Split(' ');
        var sizes = parts.Take(4).Select(p => int.Parse(p, CultureInfo.InvariantCulture)).ToArray();
        var padding = parts.Contains("valid") ? Padding.Valid : Padding.Same;
        return new PtxConvolution(sizes[0], sizes[1], sizes[2], FirstLayerGeometry.Channels, sizes[3], parts.Contains("relu"), padding, parts.Contains("pooled"));
    }

    private static float[] Run(PtxConvolution convolution, Action<long, long, long, long, FirstLayerGeometry> kernel, FirstLayerTileShape tile) =>
        convolution.RunFirstLayer(KernelCompiler.Ptx(kernel), tile).Read<float>();

    private static void Differs(string @case, Action<long, long, long, long, FirstLayerGeometry> kernel, FirstLayerTileShape tile, string pattern, string replacement)
    {
        var (convolution, module) = (Convolution(@case), KernelCompiler.Ptx(kernel));
        var altered = new Regex(pattern).Replace(module, replacement);
        Assert.That(altered, Is.Not.EqualTo(module));
        Assert.That(RelativeError.L2(convolution.RunFirstLayer(altered, tile).Read<float>(), convolution.Expected()), Is.GreaterThan(1e-2));
    }
}
