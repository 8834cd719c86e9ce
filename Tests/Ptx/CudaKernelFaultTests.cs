using System.Text.RegularExpressions;
using Gpu.Kernels.Cuda;
using Gpu.Kernels.Inspection;
using Gpu.Tests.Reference;
using NUnit.Framework;

namespace Gpu.Tests.Ptx;

/// <summary>Faults put into the inline PTX of the convolutions are found, so that their tests mean something.</summary>
[TestFixture]
[Category("Ptx")]
[Parallelizable(ParallelScope.All)]
internal sealed class CudaKernelFaultTests
{
    private readonly PtxConvolution convolution = new(1, 6, 7, 32, 16, relu: false);

    [TestCase(0)]
    [TestCase(1)]
    public void Each_barrier_between_cuda_cores_is_needed(int barrier)
    {
        var original = PtxConvolution.CudaCores;
        var place = Regex.Matches(original, @"bar\.sync\s+0;")[barrier];
        Assert.That(
            () => convolution.RunCudaCores(original.Remove(place.Index, place.Length)),
            Throws.TypeOf<PtxException>().With.Message.Contains("shared byte"));
    }

    [Test]
    public void The_barrier_between_tensor_cores_is_needed() => Fails(@"bar\.sync\s+0;", "", "shared byte");

    [Test]
    public void A_wait_for_too_few_copies_is_found() => Fails(@"cp\.async\.wait_group 1;", "cp.async.wait_group 2;", "before the copy to it has been waited for");

    [Test]
    public void A_copy_without_zeros_at_the_border_is_found() => Fails(@"(cp\.async\.cg\.shared\.global \[place\+0\], \[[^]]+\], 16), %r\d+;", "$1, 16;", "global");

    [Test]
    public void Swapped_fragments_give_a_wrong_result() => Differs(@"\{left0x0, left0x1, left0x2, left0x3\}, \{right0x0, right0x1\}", "{left0x1, left0x0, left0x2, left0x3}, {right0x0, right0x1}");

    [Test]
    public void A_lost_swizzle_gives_a_wrong_result() => Differs(@"xor\.b32 rows1, rows0, 32;", "add.u32 rows1, rows0, 32;");

    [Test]
    public void A_row_stored_in_the_place_of_another_is_found() => Fails(@"shl\.b64 gap, (\S+), 3;", "shl.b64 gap, $1, 2;", "was never written");

    [Test]
    public void A_pool_of_other_rows_gives_a_wrong_result()
    {
        var pooled = new PtxConvolution(1, 6, 7, 4, 16, relu: false, pooled: true);
        var altered = new Regex(@"max\.f32 sum0, sum0, sum8;").Replace(PtxConvolution.CudaCores, "max.f32 sum0, sum0, sum32;");
        Assert.That(RelativeError.L2(pooled.RunCudaCores(altered), pooled.Expected()), Is.GreaterThan(1e-2));
    }

    [Test]
    public void A_bias_added_to_every_slice_gives_a_wrong_result()
    {
        var altered = new Regex(@"setp\.ne\.s64 biased, \S+, 0; and\.pred biased, biased, columns;").Replace(PtxConvolution.CudaCores, "mov.pred biased, columns;");
        Assert.That(() => convolution.RunCudaCores(altered, slices: 3), Throws.TypeOf<PtxException>().With.Message.Contains("global"));
    }

    [Test]
    public void Small_parts_that_are_left_out_cost_accuracy()
    {
        var factors = TensorCoreFactors.TensorFloat32x3;
        var rounding = new Regex(@"cvt\.rna\.tf32\.f32 second(\d), value\d;").Replace(KernelCompiler.Ptx(factors.Round), "mov.b32 second$1, 0;");
        var result = convolution.RunTensorCores(factors, factors.Narrow.Shape, KernelCompiler.Ptx(factors.Narrow.Kernel), rounding);
        Assert.That(RelativeError.L2(result, convolution.Expected()), Is.GreaterThan(1e-4));
    }

    /// <summary>Tensor cores cut off what lies behind the last bits of a large sum.</summary>
    [Test]
    public void Products_that_are_added_to_the_sums_at_once_cost_accuracy()
    {
        var deep = new PtxConvolution(1, 2, 2, 1536, 8, relu: false, side: 1);
        var factors = TensorCoreFactors.TensorFloat32x3;
        var original = KernelCompiler.Ptx(factors.Narrow.Kernel);
        var altered = Regex.Replace(Regex.Replace(original, @"add\.rn\.f32 sum\d+, sum\d+, fresh\d+;", ""), @"fresh(?=\d)", "sum");
        altered = Regex.Replace(altered, @"(\{sum[^}]+\})(, \{left[^}]+\}, \{right[^}]+\}, )\{zero, zero, zero, zero\}", "$1$2$1");
        Assert.That(Error(original), Is.LessThan(factors.RelativeError / 2));
        Assert.That(Error(altered), Is.GreaterThan(factors.RelativeError));

        double Error(string module) =>
            RelativeError.L2(deep.RunTensorCores(factors, factors.Narrow.Shape, module, KernelCompiler.Ptx(factors.Round)), deep.Expected());
    }

    private void Fails(string pattern, string replacement, string message) =>
        Assert.That(() => RunAltered(pattern, replacement), Throws.TypeOf<PtxException>().With.Message.Contains(message));

    private void Differs(string pattern, string replacement) =>
        Assert.That(RelativeError.L2(RunAltered(pattern, replacement), convolution.ExpectedOf(v => (float)(Half)v)), Is.GreaterThan(1e-2));

    /// <summary>Runs the kernel with the matches altered, of which there has to be one.</summary>
    private float[] RunAltered(string pattern, string replacement)
    {
        var original = KernelCompiler.Ptx(TensorCoreKernels.NarrowFloat16Kernel);
        var altered = new Regex(pattern).Replace(original, replacement);
        Assert.That(altered, Is.Not.EqualTo(original));
        return convolution.RunTensorCores(TensorCoreFactors.Float16, TensorCoreFactors.Float16.Narrow.Shape, altered, KernelCompiler.Ptx(FactorRounding.Float16Kernel));
    }
}
