using System.Globalization;
using System.Text.RegularExpressions;
using Gpu.Kernels.Cuda;
using Gpu.Kernels.Inspection;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using Gpu.Kernels.Tensors;
using Gpu.Tests.Reference;
using NUnit.Framework;

namespace Gpu.Tests.Ptx;

/// <summary>Winograd's F(4x4, 3x3) in inline PTX beside the float64 reference: ragged tiles, several slabs, pools.</summary>
[TestFixture]
[Category("Ptx")]
[Parallelizable(ParallelScope.All)]
internal sealed class WinogradTests
{
    /// <summary>What few channels lose: the transforms multiply and add numbers of up to 8 times the size.</summary>
    private const double Transformed = 3e-6;

    /// <summary>Memory that one tile of the product fills.</summary>
    private const long SmallScratch = 1;

    [TestCase("1 1 1 4 4")]
    [TestCase("1 4 4 8 8 relu")]
    [TestCase("2 5 9 12 20 relu")]
    [TestCase("3 3 6 4 68")]
    [TestCase("1 7 10 20 8 valid")]
    [TestCase("1 4 8 4 8 pooled")]
    [TestCase("2 7 13 12 4 relu pooled")]
    [TestCase("1 11 9 8 8 relu pooled valid")]
    public void Convolution_with_tiles_of_4x4(string @case)
    {
        var convolution = Convolution(@case);
        Assert.That(RelativeError.L2(Run(convolution), convolution.Expected()), Is.LessThan(Transformed));
    }

    /// <summary>135 and 144 tiles, of which a slab has 128.</summary>
    [TestCase("3 34 18 4 4 relu")]
    [TestCase("4 24 25 4 4 pooled")]
    public void Slabs_follow_each_other(string @case)
    {
        var convolution = Convolution(@case);
        Assert.That(WinogradSlab.Divide(convolution.Specification, SmallScratch), Has.Count.EqualTo(2));
        Assert.That(RelativeError.L2(Run(convolution), convolution.Expected()), Is.LessThan(Transformed));
    }

    /// <summary>The depth of VGG's last layers.</summary>
    [Test]
    public void Sums_over_512_channels_keep_to_what_is_documented()
    {
        var convolution = Convolution("1 4 4 512 4");
        Assert.That(RelativeError.L2(Run(convolution), convolution.Expected()), Is.InRange(1e-6, 5e-6));
    }

    [Test]
    public void Slabs_are_of_nearly_equal_size_and_have_all_tiles([Values(1L, 64L << 20, long.MaxValue)] long scratchBytes)
    {
        var specification = new ConvolutionSpecification(new Shape(64, 56, 57, 256), new FilterShape(3, 3, 256, 256), Padding.Same, Relu: true, Pooled: true);
        var slabs = WinogradSlab.Divide(specification, scratchBytes);
        Assert.Multiple(() =>
        {
            Assert.That(slabs.Sum(s => s.Tiles), Is.EqualTo(64 * 14 * 14));
            Assert.That(slabs.Skip(1).Select(s => s.FirstTile), Is.EqualTo(slabs.SkipLast(1).Select(s => s.FirstTile + s.Tiles)));
            Assert.That(slabs.SkipLast(1).Select(s => s.Tiles % CudaCoreConvolution.TilePositions), Is.All.Zero);
            Assert.That(slabs.Select(s => s.Tiles), Is.All.LessThanOrEqualTo(slabs[0].Tiles));
            Assert.That(
                sizeof(float) * ((long)slabs[0].InputElements + slabs[0].Products),
                Is.LessThanOrEqualTo(scratchBytes).Or.EqualTo(sizeof(float) * WinogradTransform.Elements * CudaCoreConvolution.TilePositions * 512));
        });
    }

    [Test]
    public void A_border_that_is_not_zero_is_found() =>
        Fails(WinogradTransformKernels.InputKernel, @"@inside (ld\.global\.nc\.v4\.f32 \{v0_0)", "$1", "global");

    [Test]
    public void An_output_beyond_the_last_row_is_found() =>
        Fails(WinogradTransformKernels.OutputKernel, @"and\.pred inside, inside, row;", "", "global");

    [Test]
    public void A_wrong_coefficient_gives_a_wrong_result()
    {
        var convolution = Convolution("1 4 4 4 4");
        var altered = Altered(WinogradTransformKernels.InputKernel, @"fma\.rn\.f32 (\S+), (\S+), 0f3F610000,", "fma.rn.f32 $1, $2, 0f40000000,");
        Assert.That(RelativeError.L2(Run(convolution, input: altered), convolution.Expected()), Is.GreaterThan(1e-2));
    }

    private static PtxConvolution Convolution(string @case)
    {
        var parts = @case.Split(' ');
        var sizes = parts.Take(5).Select(p => int.Parse(p, CultureInfo.InvariantCulture)).ToArray();
        return new PtxConvolution(
            sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], parts.Contains("relu"), parts.Contains("valid") ? Padding.Valid : Padding.Same, parts.Contains("pooled"));
    }

    private static void Fails(Delegate kernel, string pattern, string replacement, string message)
    {
        var (convolution, altered) = (Convolution("1 5 5 4 4"), Altered(kernel, pattern, replacement));
        Assert.That(
            () => kernel.Method.Name == nameof(WinogradTransformKernels.InputKernel) ? Run(convolution, input: altered) : Run(convolution, output: altered),
            Throws.TypeOf<PtxException>().With.Message.Contains(message));
    }

    private static string Altered(Delegate kernel, string pattern, string replacement)
    {
        var module = KernelCompiler.Ptx(kernel);
        var altered = Regex.Replace(module, pattern, replacement);
        Assert.That(altered, Is.Not.EqualTo(module));
        return altered;
    }

    /// <summary>Runs the kernels as the product launches them, with PTX of two of them perhaps altered.</summary>
    private static float[] Run(PtxConvolution convolution, string? input = null, string? output = null)
    {
        var specification = convolution.Specification;
        var (inputs, outputs) = (specification.Filter.InputChannels, specification.Filter.OutputChannels);
        var weights = PtxBuffer.Uninitialised<float>("transformed weights", WinogradTransform.Elements * inputs * outputs);
        PtxInterpreter.Run(
            KernelCompiler.Ptx(WinogradTransformKernels.FilterKernel), PtxConvolution.LaunchOf(WinogradTransformKernels.GridFor(inputs * outputs)),
            convolution.Filter, weights, inputs * outputs / WinogradTransform.Vector);
        var result = PtxBuffer.Uninitialised<float>("output", (int)specification.Output.Elements);
        foreach (var slab in WinogradSlab.Divide(specification, SmallScratch))
        {
            var elements = PtxBuffer.Uninitialised<float>("transformed inputs", slab.InputElements);
            var products = PtxBuffer.Uninitialised<float>("products", slab.Products);
            PtxInterpreter.Run(
                input ?? KernelCompiler.Ptx(WinogradTransformKernels.InputKernel), PtxConvolution.LaunchOf(slab.InputGrid), convolution.Input, elements, slab);
            PtxInterpreter.Run(
                PtxConvolution.CudaCores, PtxConvolution.LaunchOf(slab.Product.Grid), elements, weights, convolution.Bias, products, slab.Product.Geometry);
            PtxInterpreter.Run(
                output ?? KernelCompiler.Ptx(WinogradTransformKernels.OutputKernel), PtxConvolution.LaunchOf(slab.OutputGrid), products, convolution.Bias, result, slab);
        }

        return result.Read<float>();
    }
}
