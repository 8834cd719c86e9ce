using System.Text.RegularExpressions;
using Gpu.Kernels.Cuda;
using Gpu.Tests.Reference;
using NUnit.Framework;

namespace Gpu.Tests.Ptx;

/// <summary>Faults put into the inline PTX of the convolutions are found, so that their tests mean something.</summary>
[TestFixture]
[Category("Ptx")]
internal sealed class CudaKernelFaultTests
{
    private readonly PtxConvolution convolution = new(1, 6, 7, 32, 16, relu: false);

    [TestCase(0)]
    [TestCase(1)]
    public void Each_barrier_between_cuda_cores_is_needed(int barrier)
    {
        var place = Regex.Matches(PtxConvolution.CudaCores, @"bar\.sync\s+0;")[barrier];
        Assert.That(
            () => convolution.RunCudaCores(PtxConvolution.CudaCores.Remove(place.Index, place.Length)),
            Throws.TypeOf<PtxException>().With.Message.Contains("shared byte"));
    }

    [Test]
    public void The_barrier_between_tensor_cores_is_needed() => Fails(@"bar\.sync\s+0;", "", "shared byte");

    [Test]
    public void A_wait_for_too_few_copies_is_found() => Fails(@"cp\.async\.wait_group 1;", "cp.async.wait_group 2;", "before the copy to it has been waited for");

    [Test]
    public void A_copy_without_zeros_at_the_border_is_found() => Fails(@"(cp\.async\.cg\.shared\.global \[place\], \[[^]]+\], 16), %r\d+;", "$1, 16;", "global");

    [Test]
    public void Swapped_fragments_give_a_wrong_result() => Differs(@"\{left0, left1, left2, left3\}, \{right0, right1\}", "{left1, left0, left2, left3}, {right0, right1}");

    [Test]
    public void A_lost_swizzle_gives_a_wrong_result() => Differs(@"xor\.b32 rows1, rows0, 32;", "add.u32 rows1, rows0, 32;");

    [Test]
    public void A_row_stored_in_the_place_of_another_is_found() => Fails(@"shl\.b64 gap, (\S+), 3;", "shl.b64 gap, $1, 2;", "was never written");

    private void Fails(string pattern, string replacement, string message) =>
        Assert.That(() => RunAltered(pattern, replacement), Throws.TypeOf<PtxException>().With.Message.Contains(message));

    private void Differs(string pattern, string replacement) =>
        Assert.That(RelativeError.L2(RunAltered(pattern, replacement), convolution.ExpectedOfHalves()), Is.GreaterThan(1e-2));

    /// <summary>Runs the kernel with the first match altered, which has to be there.</summary>
    private float[] RunAltered(string pattern, string replacement)
    {
        var altered = new Regex(pattern).Replace(PtxConvolution.NarrowTensorCores, replacement, 1);
        Assert.That(altered, Is.Not.EqualTo(PtxConvolution.NarrowTensorCores));
        return convolution.RunTensorCores(altered, TensorCoreKernels.NarrowTileOutputs);
    }
}
