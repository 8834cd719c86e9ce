using System.Runtime.InteropServices;
using Gpu.Cases;
using NUnit.Framework;

namespace Gpu.Tests.Ptx;

/// <summary>Barriers with phases and bulk copies on their own, and a pipeline of them that feeds a warpgroup, in PTX written by hand.</summary>
[TestFixture]
[Category("Ptx")]
[Parallelizable(ParallelScope.All)]
internal sealed class BarrierTests
{
    private const int Values = 4, Phases = 3, Consumers = 128, Steps = 5, Rows = 64, Columns = 8, Depth = 16;

    /// <summary>One thread copies three times to one place, with one barrier: the parity it waits for alternates.</summary>
    [Test]
    public void A_bulk_copy_delivers_when_its_phase_completes() => Assert.That(Run(Copies), Is.EqualTo(Input));

    [Test]
    public void A_phase_may_be_named_by_its_state() => Assert.That(
        Run(Copies.Replace("expect_tx.shared::cta.b64 _,", "expect_tx.shared::cta.b64 state,", StringComparison.Ordinal)
            .Replace("try_wait.parity.shared::cta.b64 done, [full], parity", "try_wait.acquire.cta.shared::cta.b64 done, [full], state", StringComparison.Ordinal)),
        Is.EqualTo(Input));

    [TestCase("@!done bra waiting;", "", "before the copy to it has been waited for")]
    [TestCase("xor.b32 parity, parity, 1;", "", "before the copy to it has been waited for")]
    [TestCase("[full], 16;", "[full], 32;", "waits without an end for phase 0 of the mbarrier at shared byte 64, which lacks 0 of 1 arrivals and 16 bytes")]
    [TestCase("[full], 16;", "[full], 0;", "before the copy to it has been waited for")]
    [TestCase("[place], [from], 16, [full];", "[place], [from], 32, [full];", "more bytes were copied than expected")]
    [TestCase("[place], [from], 16, [full];", "[place], [from], 24, [full];", "not multiples of 16")]
    [TestCase("[place], [from], 16, [full];", "[place], [from+8], 16, [full];", "not multiples of 16")]
    [TestCase("[place], [from], 16, [full];", "[place+8], [from], 16, [full];", "not aligned to 16")]
    [TestCase("[place], [from], 16, [full];", "[place], [from+48], 16, [full];", "input")]
    [TestCase("[place], [from], 16, [full];", "[place], [from], 16, [full+8];", "no mbarrier was initialised at shared byte 72")]
    [TestCase("fence.mbarrier_init.release.cluster;", "", "initialisation was not made visible to the asynchronous proxy")]
    [TestCase("fence.mbarrier_init.release.cluster;", "fence.proxy.async;", "")]
    [TestCase("mbarrier.init.shared::cta.b64 [full], 1;", "", "no mbarrier was initialised")]
    [TestCase("mbarrier.init.shared::cta.b64 [full], 1;", "mbarrier.init.shared::cta.b64 [full], 2;", "which lacks 1 of 2 arrivals and 0 bytes")]
    [TestCase("mbarrier.init.shared::cta.b64 [full], 1;", "mbarrier.init.shared::cta.b64 [full], 0;", "an mbarrier for 0 arrivals")]
    [TestCase("mbarrier.init.shared::cta.b64 [full], 1;", "mbarrier.init.shared::cta.b64 [full+4], 1;", "not aligned to 8")]
    [TestCase("waiting:", "mbarrier.arrive.shared::cta.b64 _, [full]; waiting:", "1 arrivals in phase 0 of the mbarrier")]
    [TestCase("waiting:", "st.shared.b32 [full], parity; waiting:", "belongs to an mbarrier")]
    [TestCase("waiting:", "ret; waiting:", "the block ends while the bulk copy is under way")]
    [TestCase("waiting:", "mbarrier.inval.shared::cta.b64 [full]; waiting:", "is invalidated while bulk copies to it are under way")]
    [TestCase("ld.shared.v4.b32", "mbarrier.inval.shared::cta.b64 [full]; ld.shared.v4.b32", "no mbarrier was initialised")]
    [TestCase("copy:", "st.shared.b32 [place], parity; copy:", "did not make it visible to the asynchronous proxy")]
    [TestCase("copy:", "st.shared.b32 [place], parity; fence.proxy.async.shared::cta; copy:", "")]
    [TestCase("mbarrier.try_wait.parity.shared::cta", "mbarrier.try_wait.parity.relaxed.cta.shared::cta", "not understood")]
    public void A_fault_of_a_copy_is_found(string text, string replacement, string message) => Fails(Run, Copies, text, replacement, message);

    /// <summary>Copies arrive late and in any order, even those of one barrier.</summary>
    [Test]
    public void A_phase_completes_with_all_its_copies() =>
        Assert.That(Run(CopiesAtOnce), Is.EqualTo(Input));

    [TestCase("[full], 48;", "[full], 32;", "the copy to it has been waited for")]
    public void A_copy_of_several_that_is_not_expected_is_found(string text, string replacement, string message) => Fails(Run, CopiesAtOnce, text, replacement, message);

    /// <summary>A warp brings the factors of each step, and a warpgroup multiplies them; two stages with two barriers each.</summary>
    [Test]
    public void A_pipeline_multiplies()
    {
        var (left, right) = Factors;
        var result = RunPipeline(Pipeline);
        for (var thread = 0; thread < Consumers; thread++)
        {
            for (var i = 0; i < Columns / 2; i++)
            {
                var (row, column) = ((16 * (thread / 32)) + (thread % 32 / 4) + (8 * (i / 2)), (thread % 4 * 2) + (i % 2));
                var expected = Enumerable.Range(0, Steps * Depth).Sum(k =>
                    (double)left[(((((k / 8) * Rows) + row) * 8) + (k % 8))] * (double)right[((((k / 8) * Columns) + column) * 8) + (k % 8)]);
                Assert.That(result[(thread * Columns / 2) + i], Is.EqualTo(expected).Within(1e-5), $"row {row}, column {column}");
            }
        }
    }

    [TestCase("@!free bra emptying;", "", "1 arrivals in phase 0 of the mbarrier")]
    [TestCase("@!full bra filling;", "", "the copy to it has been waited for")]
    [TestCase("wgmma.wait_group.sync.aligned 0; // before the stage is free", "", "may still be read by a wgmma of warpgroup 0")]
    [TestCase("mbarrier.arrive.shared::cta.b64 _, [empty];", "", "waits without an end")]
    [TestCase("bar.sync 0;", "", "no mbarrier was initialised")]
    [TestCase("[barriers+16], 128;", "[barriers+16], 129;", "waits without an end")]
    [TestCase("@!elected bra done;", "", "arrivals in phase")]
    [TestCase("2304; // bytes of a stage", "2320;", "waits without an end")]
    public void A_fault_of_a_pipeline_is_found(string text, string replacement, string message) => Fails(RunPipeline, Pipeline, text, replacement, message);

    /// <summary>Threads of a warp read a stage before another overwrites it; an arrival of each tells that they have.</summary>
    [TestCase("mbarrier.arrive.shared::cta.b64 _, [empty]; // has read", "")]
    [TestCase("", "with no barrier between: a race")]
    public void Reads_before_an_arrival_happen_before_what_waits_for_it(string arrival, string message)
    {
        var module = Readers.Replace("ARRIVE", arrival, StringComparison.Ordinal).Replace("COUNT", arrival.Length > 0 ? "32" : "1", StringComparison.Ordinal);
        Assert.That(
            () => PtxInterpreter.Run(module, new PtxLaunch(new Extent(1), new Extent(32)), PtxBuffer.Uninitialised<uint>("output", 32)),
            message.Length == 0 ? Throws.Nothing : Throws.TypeOf<PtxException>().With.Message.Contains(message));
    }

    /// <summary>The PTX of these tests is PTX.</summary>
    [Test]
    public void The_assembler_takes_the_kernels()
    {
        var assembler = PtxAssembler.Open();
        Assert.Multiple(() =>
        {
            foreach (var module in new[] { Copies, CopiesAtOnce, Pipeline, Readers.Replace("ARRIVE", "", StringComparison.Ordinal).Replace("COUNT", "1", StringComparison.Ordinal) })
            {
                Assert.That(() => assembler.Assemble(module, "sm_90a"), Throws.Nothing);
            }
        });
    }

    private static uint[] Input => [.. Enumerable.Range(1000, Phases * Values).Select(v => (uint)v)];

    /// <summary>Factors as they lie in memory: of each 8 depths the lines, of each line the 8 depths.</summary>
    private static (Half[] Left, Half[] Right) Factors =>
        (Array.ConvertAll(RandomArray.Uniform(Steps * Depth * Rows, 1), v => (Half)v), Array.ConvertAll(RandomArray.Uniform(Steps * Depth * Columns, 2), v => (Half)v));

    private static string Copies => $$"""
        .version 8.0
        .target sm_90a
        .address_size 64
        .visible .entry copy(.param .b64 input, .param .b64 output)
        {
            .shared .align 128 .b8 memory[128];
            .reg .pred done;
            .reg .b32 place, full, parity, r<4>, count;
            .reg .b64 from, to, state;
            ld.param.b64 from, [input]; ld.param.b64 to, [output];
            mov.u32 place, memory; add.u32 full, place, 64;
            mov.u32 parity, 0; mov.u32 count, 0;
            mbarrier.init.shared::cta.b64 [full], 1;
            fence.mbarrier_init.release.cluster;
        copy:
            mbarrier.arrive.expect_tx.shared::cta.b64 _, [full], 16;
            cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [place], [from], 16, [full];
            {
            waiting:
                mbarrier.try_wait.parity.shared::cta.b64 done, [full], parity;
                @!done bra waiting;
            }
            ld.shared.v4.b32 {r0, r1, r2, r3}, [place];
            st.global.v4.b32 [to], {r0, r1, r2, r3};
            add.u64 from, from, 16; add.u64 to, to, 16;
            xor.b32 parity, parity, 1;
            add.u32 count, count, 1;
            setp.lt.u32 done, count, {{Phases}};
            @done bra copy;
            ret;
        }
        """;

    private static string CopiesAtOnce => """
        .version 8.0
        .target sm_90a
        .address_size 64
        .visible .entry copy(.param .b64 input, .param .b64 output)
        {
            .shared .align 128 .b8 memory[128];
            .reg .pred done;
            .reg .b32 place, full, r<4>;
            .reg .b64 from, to, policy;
            ld.param.b64 from, [input]; ld.param.b64 to, [output];
            mov.u32 place, memory; add.u32 full, place, 64;
            mbarrier.init.shared::cta.b64 [full], 1;
            fence.proxy.async;
            createpolicy.fractional.L2::evict_last.b64 policy;
            cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.L2::cache_hint [place], [from], 16, [full], policy;
            cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [place+16], [from+16], 16, [full];
            mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [full], 0;
            mbarrier.arrive.expect_tx.shared::cta.b64 _, [full], 48;
            cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [place+32], [from+32], 16, [full];
        waiting:
            mbarrier.test_wait.parity.shared::cta.b64 done, [full], 0;
            @!done bra waiting;
            ld.shared.v4.b32 {r0, r1, r2, r3}, [place]; st.global.v4.b32 [to], {r0, r1, r2, r3};
            ld.shared.v4.b32 {r0, r1, r2, r3}, [place+16]; st.global.v4.b32 [to+16], {r0, r1, r2, r3};
            ld.shared.v4.b32 {r0, r1, r2, r3}, [place+32]; st.global.v4.b32 [to+32], {r0, r1, r2, r3};
            mbarrier.inval.shared::cta.b64 [full];
            ret;
        }
        """;

    /// <summary>Threads 0 to 127 multiply, of the warp after them one copies. Barriers: two for full stages, then two for empty ones.</summary>
    private static string Pipeline => $$"""
        .version 8.0
        .target sm_90a
        .address_size 64
        .visible .entry pipeline(.param .b64 left, .param .b64 right, .param .b64 sums)
        {
            .shared .align 128 .b8 stages[4608];
            .shared .align 8 .b8 barriers[32];
            .reg .pred consumer, elected, free, full, more, any;
            .reg .b32 thread, at, stage, fullAt, empty, parity, step, place;
            .reg .b64 from, filter, to, a, b;
            .reg .f32 sum<4>;
            mov.u32 thread, %tid.x;
            setp.lt.u32 consumer, thread, {{Consumers}};
            setp.eq.u32 elected, thread, {{Consumers}};
            @!elected bra initialised;
            mbarrier.init.shared::cta.b64 [barriers], 1; mbarrier.init.shared::cta.b64 [barriers+8], 1;
            mbarrier.init.shared::cta.b64 [barriers+16], 128; mbarrier.init.shared::cta.b64 [barriers+24], 128;
            fence.mbarrier_init.release.cluster;
        initialised:
            bar.sync 0;
            mov.u32 stage, 0; mov.u32 parity, 0; mov.u32 step, 0;
            @consumer bra multiply;

            elect.sync _|elected, 0xffffffff;
            @!elected bra done;
            ld.param.b64 from, [left]; ld.param.b64 filter, [right];
        produce:
            mov.u32 at, stages; mad.lo.u32 at, stage, 2304, at;
            mov.u32 fullAt, barriers; mad.lo.u32 fullAt, stage, 8, fullAt; add.u32 empty, fullAt, 16;
            xor.b32 place, parity, 1;
            {
            emptying:
                mbarrier.try_wait.parity.shared::cta.b64 free, [empty], place;
                @!free bra emptying;
            }
            mbarrier.arrive.expect_tx.shared::cta.b64 _, [fullAt], 2304; // bytes of a stage
            cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [at], [from], 2048, [fullAt];
            cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [at+2048], [filter], 256, [fullAt];
            add.u64 from, from, 2048; add.u64 filter, filter, 256;
            xor.b32 stage, stage, 1;
            setp.eq.u32 any, stage, 0; @any xor.b32 parity, parity, 1;
            add.u32 step, step, 1; setp.lt.u32 more, step, {{Steps}};
            @more bra produce;
            bra done;

        multiply:
            setp.ne.u32 any, step, 0;
            mov.u32 at, stages; mad.lo.u32 at, stage, 2304, at;
            mov.u32 fullAt, barriers; mad.lo.u32 fullAt, stage, 8, fullAt; add.u32 empty, fullAt, 16;
            {
            filling:
                mbarrier.try_wait.parity.shared::cta.b64 full, [fullAt], parity;
                @!full bra filling;
            }
            shr.u32 place, at, 4; or.b32 place, place, {{(1024 / 16) << 16}}; mov.b64 a, {place, 8};
            add.u32 place, at, 2048; shr.u32 place, place, 4; or.b32 place, place, {{(128 / 16) << 16}}; mov.b64 b, {place, 8};
            wgmma.fence.sync.aligned;
            wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {sum0, sum1, sum2, sum3}, a, b, any, 1, 1, 0, 0;
            wgmma.commit_group.sync.aligned;
            wgmma.wait_group.sync.aligned 0; // before the stage is free
            mbarrier.arrive.shared::cta.b64 _, [empty];
            xor.b32 stage, stage, 1;
            setp.eq.u32 any, stage, 0; @any xor.b32 parity, parity, 1;
            add.u32 step, step, 1; setp.lt.u32 more, step, {{Steps}};
            @more bra multiply;
            wgmma.wait_group.sync.aligned 0;
            ld.param.b64 to, [sums];
            mad.wide.u32 to, thread, 16, to;
            st.global.v4.f32 [to], {sum0, sum1, sum2, sum3};
        done:
            ret;
        }
        """;

    /// <summary>All threads read what thread 0 wrote, which then writes it again.</summary>
    private static string Readers => """
        .version 8.0
        .target sm_90a
        .address_size 64
        .visible .entry readers(.param .b64 output)
        {
            .shared .align 8 .b8 value[8];
            .shared .align 8 .b8 empty[8];
            .reg .pred first, free;
            .reg .b32 thread, r;
            .reg .b64 to;
            mov.u32 thread, %tid.x;
            setp.eq.u32 first, thread, 0;
            @first mbarrier.init.shared::cta.b64 [empty], COUNT;
            @first st.shared.b32 [value], thread;
            bar.sync 0;
            ld.shared.b32 r, [value];
            ld.param.b64 to, [output];
            mad.wide.u32 to, thread, 4, to;
            st.global.b32 [to], r;
            @!first bra others;
            mbarrier.arrive.shared::cta.b64 _, [empty];
        waiting:
            mbarrier.try_wait.parity.shared::cta.b64 free, [empty], 0;
            @!free bra waiting;
            st.shared.b32 [value], thread;
            ret;
        others:
            ARRIVE
            ret;
        }
        """;

    private static void Fails(Func<string, object> run, string module, string text, string replacement, string message)
    {
        var altered = module.Replace(text, replacement, StringComparison.Ordinal);
        Assert.That(altered, Is.Not.EqualTo(module));
        Assert.That(() => run(altered), message.Length == 0 ? Throws.Nothing : Throws.TypeOf<PtxException>().With.Message.Contains(message));
    }

    private static uint[] Run(string module)
    {
        var output = PtxBuffer.Uninitialised<uint>("output", Phases * Values);
        PtxInterpreter.Run(module, new PtxLaunch(new Extent(1), new Extent(1)), PtxBuffer.Of<uint>("input", Input), output);
        return output.Read<uint>();
    }

    private static float[] RunPipeline(string module)
    {
        var (left, right) = Factors;
        var output = PtxBuffer.Uninitialised<float>("sums", Consumers * Columns / 2);
        PtxInterpreter.Run(
            module, new PtxLaunch(new Extent(1), new Extent(Consumers + PtxBlock.WarpSize)),
            PtxBuffer.Of<byte>("left", MemoryMarshal.AsBytes<Half>(left)), PtxBuffer.Of<byte>("right", MemoryMarshal.AsBytes<Half>(right)), output);
        return output.Read<float>();
    }
}
