using System.Text.RegularExpressions;
using Gpu.Kernels.Cuda;
using Gpu.Kernels.Inspection;
using Gpu.Tests.Reference;
using NUnit.Framework;

namespace Gpu.Tests.Ptx;

/// <summary>Faults put into the PTX of the convolution of warpgroups are found: each wait, fence and barrier in it is needed.</summary>
[TestFixture]
[Category("Ptx")]
[Parallelizable(ParallelScope.All)]
internal sealed class WarpgroupFaultTests
{
    private static readonly WarpgroupFactors Factors = WarpgroupFactors.All[0];

    /// <summary>Two blocks of channels, so that one is brought while the other is multiplied.</summary>
    private readonly PtxConvolution convolution = new(1, 3, 4, 2 * Factors.BlockChannels, 64, relu: false);

    private readonly string module = KernelCompiler.Ptx(Factors.Narrow.Kernel);

    // What the barriers keep apart: notes from copies, the first input from the products, a step from what overwrites it.
    [TestCase(@"bar\.sync\s+0;", 0, "", "is read and was never written")]
    [TestCase(@"bar\.sync\s+0;", 1, "", "a race")]
    [TestCase(@"bar\.sync\s+0;", 2, "", "a race")]
    [TestCase(@"cp\.async\.wait_all;", 0, "", "before the copy to it has been waited for")]
    [TestCase(@"cp\.async\.wait_all;", 1, "", "before the copy to it has been waited for")]
    [TestCase(@"fence\.proxy\.async\.shared::cta;", 0, "", "did not make it visible to the asynchronous proxy")]
    [TestCase(@"fence\.proxy\.async\.shared::cta;", 1, "", "did not make it visible to the asynchronous proxy")]
    [TestCase(@"fence\.mbarrier_init\.release\.cluster;", 0, "", "initialisation was not made visible")]
    [TestCase(@"@!done bra waiting;", 0, "", "before the copy to it has been waited for")]
    [TestCase(@"_, \[barrier\], 8192;", 0, "_, [barrier], 8208;", "waits without an end")]
    [TestCase(@"_, \[barrier\], 8192;", 1, "_, [barrier], 4096;", "more bytes were copied than expected")]
    [TestCase(@"wgmma\.fence\.sync\.aligned;", 0, "", "with no wgmma.fence between")]
    [TestCase(@"wgmma\.commit_group\.sync\.aligned;", 0, "", "wgmma")]
    [TestCase(@"wgmma\.wait_group\.sync\.aligned 1;", 0, "wgmma.wait_group.sync.aligned 2;", "may still be read by a wgmma")]
    [TestCase(@"wgmma\.wait_group\.sync\.aligned 0;", 0, "wgmma.wait_group.sync.aligned 1;", "is accessed before the wgmma that uses it has been waited for")]
    public void A_fault_is_found(string pattern, int index, string replacement, string message)
    {
        var place = Regex.Matches(module, pattern)[index];
        var altered = module.Remove(place.Index, place.Length).Insert(place.Index, replacement);
        Assert.That(() => Run(altered), Throws.TypeOf<PtxException>().With.Message.Contains(message));
    }

    /// <summary>The distance of the core matrices along the depth, the lower half of a descriptor.</summary>
    [Test]
    public void A_wrong_descriptor_gives_a_wrong_result()
    {
        var altered = new Regex(@"or\.b32 rightPlace, rightPlace, 4194304;").Replace(module, "or.b32 rightPlace, rightPlace, 2097152;");
        Assert.That(altered, Is.Not.EqualTo(module));
        Assert.That(RelativeError.L2(Run(altered), convolution.Expected()), Is.GreaterThan(1e-2));
    }

    private float[] Run(string altered) => WarpgroupConvolutionTests.Run(convolution, Factors, Factors.Narrow, slices: 1, altered);
}
