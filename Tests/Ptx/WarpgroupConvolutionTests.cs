using System.Globalization;
using Gpu.Kernels.Cuda;
using Gpu.Kernels.Inspection;
using Gpu.Kernels.Operations;
using Gpu.Tests.Reference;
using ILGPU;
using NUnit.Framework;

namespace Gpu.Tests.Ptx;

/// <summary>The convolutions on Hopper's warpgroup instructions beside the float64 reference, as the interpreter runs their PTX.</summary>
[TestFixture]
[Category("Ptx")]
[Parallelizable(ParallelScope.All)]
internal sealed class WarpgroupConvolutionTests
{
    /// <summary>What tensor cores lose of sums of up to 2000 products, cutting off where float32 rounds.</summary>
    private const double Summed = 4e-6;

    private static IEnumerable<WarpgroupFactors> Factors => WarpgroupFactors.All;

    /// <summary>Images that end within a tile, several blocks of channels, tiles of outputs, pools of odd sizes and slices of the depth.</summary>
    [Test]
    public void Convolution_of_warpgroups(
        [ValueSource(nameof(Factors))] WarpgroupFactors factors,
        [Values("2 5 9 1 64 relu", "1 3 4 2 192", "1 18 9 1 128 relu", "3 4 6 1 64 relu pooled", "2 5 7 2 128 pooled", "1 5 6 3 64 relu slices", "1 7 5 2 128 pooled relu slices")]
        string @case)
    {
        var parts = @case.Split(' ');
        var sizes = parts.Take(5).Select(p => int.Parse(p, CultureInfo.InvariantCulture)).ToArray();
        var convolution = new PtxConvolution(
            sizes[0], sizes[1], sizes[2], sizes[3] * factors.BlockChannels, sizes[4], parts.Contains("relu"), pooled: parts.Contains("pooled"));
        var expected = convolution.ExpectedOf(Rounding.To(factors.Rounded.Precision));
        var tile = sizes[4] % factors.Wide.Outputs == 0 ? factors.Wide : factors.Narrow;
        var slices = parts.Contains("slices") ? sizes[3] : 1;
        Assert.That(RelativeError.L2(Run(convolution, factors, tile, slices), expected), Is.LessThan(Summed));
    }

    [Test]
    public void Weights_of_a_lane_are_side_by_side()
    {
        var shape = new WarpgroupFilterShape(InputChannels: 64, OutputChannels: 64, TileOutputs: 64, VectorChannels: 8, Parts: 1);
        Assert.Multiple(() =>
        {
            Assert.That(Enumerable.Range(0, 64).Select(shape.OutputOf), Is.Unique.And.All.InRange(0, 63));
            Assert.That(new[] { 0, 1, 8, 9, 16, 17, 24, 25 }.Select(shape.OutputOf), Is.EqualTo(Enumerable.Range(0, 8)), "the sums of the first lane");
            Assert.That(Enumerable.Range(0, shape.Length).Select(shape.SourceOf), Is.Unique.And.All.InRange(0, shape.Length - 1));
        });
    }

    /// <summary>Runs PTX of a kernel on rounded inputs and arranged weights, its depth split into so many slices.</summary>
    internal static float[] Run(PtxConvolution convolution, WarpgroupFactors factors, WarpgroupTileKernel tile, int slices, string? module = null)
    {
        var specification = convolution.Specification;
        var rounding = KernelCompiler.Ptx(factors.Rounded.Round);
        var input = PtxConvolution.Round(factors.Rounded, rounding, convolution.Input.Read<float>());
        var filter = Arranged(PtxConvolution.Round(factors.Rounded, rounding, convolution.Filter.Read<float>()), specification.Filter, factors, tile);
        var output = PtxBuffer.Uninitialised<float>("output", (int)specification.Output.Elements);
        var launch = WarpgroupLaunch.Sliced(specification, factors, tile, slices);
        var partial = launch.Slices == 1 ? output : PtxBuffer.Uninitialised<float>("partial sums", (int)launch.PartialSums);
        PtxInterpreter.Run(
            module ?? KernelCompiler.Ptx(tile.Kernel), PtxConvolution.LaunchOf(launch.Grid) with { DynamicSharedBytes = tile.SharedBytes(launch.Geometry.LeftBuffers) },
            input, filter, convolution.Bias, partial, launch.Geometry);
        if (launch.Slices > 1)
        {
            PtxInterpreter.Run(
                KernelCompiler.Ptx(SliceReduction.KernelOf(ProductPrecision.Float32)), PtxConvolution.LaunchOf(SliceReduction.GridFor(launch.Reduced)),
                partial, convolution.Bias, output, launch.Reduced.Geometry, launch.Slices, SliceReduction.SharersOf(launch.Reduced));
        }

        return output.Read<float>();
    }

    /// <summary>Weights as the kernel that arranges them does.</summary>
    private static PtxBuffer Arranged(PtxBuffer rounded, FilterShape filter, WarpgroupFactors factors, WarpgroupTileKernel tile)
    {
        var shape = new WarpgroupFilterShape(filter.InputChannels, filter.OutputChannels, tile.Outputs, factors.VectorChannels, factors.Parts);
        var launch = PtxConvolution.LaunchOf(new KernelConfig((shape.Length + WarpgroupFilter.Threads - 1) / WarpgroupFilter.Threads, WarpgroupFilter.Threads));
        return factors.FactorBytes == sizeof(ushort)
            ? ArrangedBy<ushort>(KernelCompiler.Ptx(WarpgroupFilter.HalvesKernel))
            : ArrangedBy<uint>(KernelCompiler.Ptx(WarpgroupFilter.WordsKernel));

        PtxBuffer ArrangedBy<T>(string module)
            where T : unmanaged
        {
            var arranged = PtxBuffer.Uninitialised<T>("arranged weights", shape.Length);
            PtxInterpreter.Run(module, launch, PtxBuffer.Of<T>("weights", System.Runtime.InteropServices.MemoryMarshal.Cast<byte, T>(rounded.Read<byte>())), arranged, shape);
            return arranged;
        }
    }
}
