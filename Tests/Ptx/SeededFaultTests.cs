using System.Text.RegularExpressions;
using Gpu.Tests.Reference;
using NUnit.Framework;

namespace Gpu.Tests.Ptx;

/// <summary>Faults put into the real PTX of the implicit GEMM are found, so that a run without complaint means something.</summary>
[TestFixture]
[Category("Ptx")]
[Parallelizable(ParallelScope.All)]
internal sealed class SeededFaultTests
{
    private readonly PtxConvolution convolution = new(1, 5, 7, 3, 5, relu: false);

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    public void Each_barrier_is_needed(int barrier)
    {
        var place = Regex.Matches(PtxConvolution.ImplicitGemm, @"bar\.sync\s+0;")[barrier];
        Assert.That(
            () => convolution.RunImplicitGemm(PtxConvolution.ImplicitGemm.Remove(place.Index, place.Length)),
            Throws.TypeOf<PtxException>().With.Message.Contains("shared byte"));
    }

    [Test]
    public void A_wrong_register_gives_a_wrong_result()
    {
        var faulty = Alter(@"ld\.shared\.v4\.f32\s+\{(%f\d+), (%f\d+),", m => m.Value.Replace(m.Groups[1].Value + ",", "%swap,", StringComparison.Ordinal)
            .Replace(m.Groups[2].Value + ",", m.Groups[1].Value + ",", StringComparison.Ordinal).Replace("%swap,", m.Groups[2].Value + ",", StringComparison.Ordinal));
        Assert.That(RelativeError.L2(convolution.RunImplicitGemm(faulty), convolution.Expected()), Is.GreaterThan(1e-2));
    }

    [Test]
    public void A_store_beyond_the_buffer_is_named() =>
        Assert.That(
            () => convolution.RunImplicitGemm(Alter(@"(st\.f32\s+\[%rd\d+)\]", m => m.Groups[1].Value + "+696]")),
            Throws.TypeOf<PtxException>().With.Message.Contains("output").And.Message.Contains("which has 700"));

    [Test]
    public void An_unknown_instruction_is_refused_with_its_line() =>
        Assert.That(
            () => convolution.RunImplicitGemm(Alter(@"rem\.s32", _ => "rem.sat.s32")),
            Throws.TypeOf<PtxException>().With.Message.Match(@"line \d+, rem\.sat\.s32: the instruction is not understood"));

    [TestCase(@"bar\.sync\s+0;", "bar.sync 1, 64;", "bar.sync")]
    [TestCase(@"(rem\.s32\s+%r\d+, %r\d+), %r\d+;", "$1;", "rem.s32")]
    public void An_instruction_with_other_operands_is_refused(string pattern, string replacement, string opcode) =>
        Assert.That(
            () => convolution.RunImplicitGemm(Alter(pattern, m => m.Result(replacement))),
            Throws.TypeOf<PtxException>().With.Message.Match($@"line \d+, {opcode}.*not understood"));

    [Test]
    public void A_register_never_written_is_named() =>
        Assert.That(
            () => convolution.RunImplicitGemm(Alter(@"mov\.b32\s+%r19, %tid\.x;", _ => "")),
            Throws.TypeOf<PtxException>().With.Message.Contains("%r19 is read and was never written"));

    /// <summary>Alters the first match, which has to be there.</summary>
    private static string Alter(string pattern, MatchEvaluator change)
    {
        var altered = new Regex(pattern).Replace(PtxConvolution.ImplicitGemm, change, 1);
        Assert.That(altered, Is.Not.EqualTo(PtxConvolution.ImplicitGemm));
        return altered;
    }
}
