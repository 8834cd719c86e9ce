using NUnit.Framework;

namespace Gpu.Tests.Ptx;

/// <summary>Exchanges between the lanes of a warp, and values packed in registers, as the PTX ISA 9 has them.</summary>
[TestFixture]
[Category("Ptx")]
[Parallelizable(ParallelScope.All)]
internal sealed class ShuffleTests
{
    private const int Lanes = 32;

    [TestCase("bfly", "4", "31", new[] { 4, 5, 6, 7, 0, 1, 2, 3, 12 })]
    [TestCase("idx", "3", "31", new[] { 3, 3, 3, 3, 3, 3, 3, 3, 3 })]
    [TestCase("up", "2", "0", new[] { 0, 1, 0, 1, 2, 3, 4, 5, 6 })]
    [TestCase("down", "2", "31", new[] { 2, 3, 4, 5, 6, 7, 8, 9, 10 })]
    // Segments of 4 lanes: bits 8 to 12 of the last operand.
    [TestCase("idx", "1", "0x1c1f", new[] { 1, 1, 1, 1, 5, 5, 5, 5, 9 })]
    [TestCase("down", "2", "0x1c1f", new[] { 2, 3, 2, 3, 6, 7, 6, 7, 10 })]
    [TestCase("up", "1", "0x1c00", new[] { 0, 0, 1, 2, 4, 4, 5, 6, 8 })]
    public void Lanes_exchange_values(string mode, string lane, string clamp, int[] expected) =>
        Assert.That(Run($"shfl.sync.{mode}.b32 r, lane, {lane}, {clamp}, 0xffffffff;").Take(expected.Length), Is.EqualTo(expected));

    [Test]
    public void A_lane_is_told_whether_it_read_another_segment() =>
        Assert.That(
            Run("shfl.sync.down.b32 r|flag, lane, 30, 31, -1; selp.u32 r, 1, 0, flag;"),
            Is.EqualTo(Enumerable.Range(0, Lanes).Select(i => i < 2 ? 1 : 0)));

    [Test]
    public void One_lane_is_elected() =>
        Assert.That(Run("elect.sync _|flag, -1; selp.u32 r, 1, 0, flag;").Sum(v => v), Is.EqualTo(1));

    [Test]
    public void Halves_are_packed_and_taken_apart() =>
        Assert.That(
            Run("mov.b64 wide, {lane, 7}; shl.b64 wide, wide, 1; mov.b64 {low, high}, wide; mad.lo.u32 r, high, 1000, low;"),
            Is.EqualTo(Enumerable.Range(0, Lanes).Select(i => 14000 + (2 * i))));

    [TestCase("shfl.sync.bfly.b32 r, lane, 1, 31, 0xffff;", "a mask without all lanes")]
    [TestCase("setp.lt.u32 flag, lane, 16; @flag ret; shfl.sync.bfly.b32 r, lane, 1, 31, -1;", "not all 32 threads of the warp meet this instruction")]
    public void A_fault_is_found(string code, string message) =>
        Assert.That(() => Run(code), Throws.TypeOf<PtxException>().With.Message.Contains(message));

    /// <summary>A barrier of the warp orders what its threads write and read.</summary>
    [TestCase("bar.warp.sync -1;", "")]
    [TestCase("", "shared byte 4 is read and was never written")]
    public void A_barrier_of_the_warp_orders_its_threads(string barrier, string message)
    {
        var code = $"mov.u32 low, memory; mad.lo.u32 low, lane, 4, low; st.shared.b32 [low], lane; {barrier} xor.b32 low, low, 4; ld.shared.b32 r, [low];";
        Assert.That(() => Run(code), message.Length == 0 ? Throws.Nothing : Throws.TypeOf<PtxException>().With.Message.Contains(message));
    }

    private static int[] Run(string code)
    {
        var module = $$"""
            .version 8.0
            .target sm_90a
            .address_size 64
            .visible .entry exchange(.param .b64 output)
            {
                .shared .align 128 .b8 memory[128];
                .reg .pred flag;
                .reg .b32 lane, r, low, high;
                .reg .b64 to, wide;
                mov.u32 lane, %laneid;
                {{code}}
                ld.param.b64 to, [output];
                mad.wide.u32 to, lane, 4, to;
                st.global.b32 [to], r;
                ret;
            }
            """;
        var output = PtxBuffer.Uninitialised<int>("output", Lanes);
        PtxInterpreter.Run(module, new PtxLaunch(new Extent(1), new Extent(Lanes)), output);
        return output.Read<int>();
    }
}
