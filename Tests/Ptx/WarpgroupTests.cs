using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Gpu.Cases;
using NUnit.Framework;

namespace Gpu.Tests.Ptx;

/// <summary>
/// Products of warpgroups on their own, in PTX written by hand. Layouts in shared memory are filled from the canonical layouts of the
/// PTX ISA 9 (section 9.7.16.5.1.2), fragments from its section 9.7.16.5.1.1, stated here element by element.
/// </summary>
[TestFixture]
[Category("Ptx")]
[Parallelizable(ParallelScope.All)]
internal sealed class WarpgroupTests
{
    private const int Threads = 128, Rows = 64, LineBytes = 32, TileBytes = 16384;

    [Test]
    public void A_product_has_the_fragments_of_the_manual([Values("f16", "bf16", "tf32")] string type, [Values(8, 24, 128, 256)] int columns) =>
        Check(new Product(type, columns, new Layout(0, AlongDepth: true, 128, 256), new Layout(0, AlongDepth: true, 128, 256)));

    /// <summary>The distances of a tile with a border or of one whose vectors lie apart.</summary>
    [TestCase(128, 256)]
    [TestCase(1024, 128)]
    [TestCase(2048, 160)]
    [TestCase(144, 288)]
    public void Core_matrices_lie_where_the_descriptor_says(int leading, int stride) =>
        Check(new Product("f16", 24, new Layout(0, AlongDepth: true, leading, stride), new Layout(0, AlongDepth: true, 128, 256)));

    [Test]
    public void Swizzled_matrices_are_understood([Values(1, 2, 3)] int mode, [Values("f16", "tf32")] string type)
    {
        var layout = new Layout(mode, AlongDepth: true, 16, 8 * Layout.SwizzleBytes(mode));
        Check(new Product(type, 16, layout, layout));
    }

    [Test]
    public void Transposed_matrices_are_understood([Values(0, 1, 2, 3)] int mode, [Values("f16", "bf16")] string type)
    {
        var layout = mode == 0 ? new Layout(0, AlongDepth: false, 1024, 128) : new Layout(mode, AlongDepth: false, 16 * Layout.SwizzleBytes(mode), 8 * Layout.SwizzleBytes(mode));
        Check(new Product(type, 64, layout, layout));
    }

    /// <summary>A figure of the manual: tensor floats, core matrices 64 elements apart along the depth and 32 across it.</summary>
    [Test]
    public void The_layout_of_the_manual_is_this_one() =>
        Assert.That(
            new[] { (0, 0), (1, 0), (0, 3), (0, 4), (8, 0), (9, 5) }.Select(p => new Layout(0, AlongDepth: true, 64 * 4, 32 * 4).Offset(p.Item1, p.Item2, 4) / 4),
            Is.EqualTo(new[] { 0, 4, 3, 64, 32, 32 + 4 + 64 + 1 }));

    [Test]
    public void The_left_matrix_may_be_in_registers([Values("f16", "bf16", "tf32")] string type) =>
        Check(new Product(type, 16, null, new Layout(0, AlongDepth: true, 128, 256)));

    [Test]
    public void Sums_are_added_to_and_factors_negated()
    {
        var product = Simple;
        var twice = product.Module.Replace("wgmma.commit_group", $"{product.Instruction("1, -1", "yes")}\n{product.Instruction("-1, -1", "yes")}\nwgmma.commit_group", StringComparison.Ordinal);
        Check(product, twice);
    }

    /// <summary>A product of the interpreter adds as tensor cores do: what lies far below the largest addend is cut off.</summary>
    [Test]
    public void Small_addends_are_cut_off()
    {
        float[] sums = [1 << 24], exact = [1];
        TensorCoreSum.Add([1, 1], [0.75, 0, 0, 0, 0, 0, 0, 0, 0.75, 0, 0, 0, 0, 0, 0, 0], Widen(sums));
        var small = Widen(exact);
        TensorCoreSum.Add([0.5], [0.5, 0, 0, 0, 0, 0, 0, 0], small);
        Assert.Multiple(() =>
        {
            Assert.That(Widen(sums)[0], Is.EqualTo(1 << 24));
            Assert.That(small[0], Is.EqualTo(1.25f));
        });

        static float[] Widen(float[] first) => [first[0], 0, 0, 0, 0, 0, 0, 0];
    }

    [TestCase("wgmma.fence.sync.aligned;", "", "with no wgmma.fence between")]
    [TestCase("wgmma.wait_group.sync.aligned 0;", "", "before the wgmma that uses it has been waited for")]
    [TestCase("wgmma.wait_group.sync.aligned 0;", "wgmma.wait_group.sync.aligned 1;", "before the wgmma that uses it has been waited for")]
    [TestCase("wgmma.commit_group.sync.aligned;", "", "before the wgmma that uses it has been waited for")]
    [TestCase("fence.proxy.async;", "", "did not make it visible to the asynchronous proxy")]
    [TestCase("bar.sync 0;", "", "with no barrier between: a race")]
    [TestCase("bar.sync 0;", "bar.sync 0; fence.proxy.async;", "")]
    [TestCase("fence.proxy.async; bar.sync 0;", "bar.sync 0; fence.proxy.async;", "did not make it visible to the asynchronous proxy")]
    [TestCase("wgmma.commit_group.sync.aligned;", "wgmma.commit_group.sync.aligned; st.shared.b32 [tile], lane;", "may still be read by a wgmma of warpgroup 0")]
    [TestCase("wgmma.commit_group.sync.aligned;", "wgmma.commit_group.sync.aligned; mov.f32 sum3, 0f00000000;", "sum3 is accessed before the wgmma")]
    [TestCase("wgmma.fence.sync.aligned;", "wgmma.fence.sync.aligned; mov.f32 sum3, 0f00000000;", "accessed sum3 with no wgmma.fence between")]
    [TestCase("mov.b64 left, {place, 16};", "mov.b64 left, {place, 4096};", "shared bytes from")]
    [TestCase("or.b32 place, place, 524288;", "or.b32 place, place, 1073741824;", "bits without a meaning")]
    [TestCase("or.b32 place, place, 524288;", "or.b32 place, place, 134217728;", "shared bytes from")]
    [TestCase("mov.b64 left, {place, 16};", "add.u32 place, place, lane; mov.b64 left, {place, 16};", "the threads of the warpgroup name different matrices")]
    [TestCase("bar.sync 0;", "bar.sync 0; setp.lt.u32 done, lane, 64; @done ret;", "not all 128 threads of the warpgroup meet this instruction")]
    [TestCase("wgmma.commit_group", "@yes wgmma.commit_group", "a guard on it is not understood")]
    [TestCase("wgmma.fence", "setmaxnreg.inc.sync.aligned.u32 232; wgmma.fence", "")]
    [TestCase("wgmma.fence", "setmaxnreg.inc.sync.aligned.u32 230; wgmma.fence", "not understood")]
    [TestCase("m64n16k16", "m64n12k16", "not understood")]
    [TestCase("m64n16k16", "m64n16k8", "not understood")]
    [TestCase("no, 1, 1, 0, 0;", "yes, 1, 1;", "not understood")]
    [TestCase("no, 1, 1, 0, 0;", "yes, 1, 2, 0, 0;", "not understood")]
    public void A_fault_is_found(string text, string replacement, string message)
    {
        var altered = Simple.Module.Replace(text, replacement, StringComparison.Ordinal);
        Assert.That(altered, Is.Not.EqualTo(Simple.Module));
        Assert.That(() => Simple.Run(altered), message.Length == 0 ? Throws.Nothing : Throws.TypeOf<PtxException>().With.Message.Contains(message));
    }

    [TestCase("wgmma.fence.sync.aligned;", "")]
    [TestCase("", "a product m64n16k16 accessed sum0 with no wgmma.fence between")]
    public void Products_of_different_shapes_need_a_fence_between(string fence, string message)
    {
        var smaller = $"{fence} wgmma.mma_async.sync.aligned.m64n8k16.f32.f16.f16 {{sum0, sum1, sum2, sum3}}, left, right, yes, 1, 1, 0, 0; wgmma.commit_group";
        var altered = Simple.Module.Replace("wgmma.commit_group", smaller, StringComparison.Ordinal);
        Assert.That(() => Simple.Run(altered), message.Length == 0 ? Throws.Nothing : Throws.TypeOf<PtxException>().With.Message.Contains(message));
    }

    /// <summary>That one warpgroup has waited another has to be told, by a barrier for one.</summary>
    [TestCase("wgmma.wait_group.sync.aligned 0; others: bar.sync 0;", "")]
    [TestCase("wgmma.wait_group.sync.aligned 0; others:", "with no barrier between: a race")]
    [TestCase("others: bar.sync 0;", "may still be read by a wgmma of warpgroup 0")]
    public void Another_warpgroup_overwrites_only_what_is_done_with(string join, string message)
    {
        var altered = Regex.Replace(
            Simple.Module, @"wgmma\.wait_group\.sync\.aligned 0;\s+others:", $"{join} setp.eq.u32 first, lane, {Threads}; @first st.shared.b32 [tile], lane;")
            .Replace("@!worker ret;", "@!worker ret; wgmma.wait_group.sync.aligned 0;", StringComparison.Ordinal);
        Assert.That(() => Simple.Run(altered, 2 * Threads), message.Length == 0 ? Throws.Nothing : Throws.TypeOf<PtxException>().With.Message.Contains(message));
    }

    /// <summary>The PTX of these tests is PTX.</summary>
    [Test]
    public void The_assembler_takes_the_products()
    {
        var assembler = PtxAssembler.Open();
        var along = new Layout(0, AlongDepth: true, 128, 256);
        var across = new Layout(0, AlongDepth: false, 1024, 128);
        Assert.Multiple(() =>
        {
            foreach (var product in new[] { Simple, new("tf32", 256, along, along), new("bf16", 64, across, across), new("f16", 16, null, along), new("tf32", 8, null, along) })
            {
                Assert.That(() => assembler.Assemble(product.Module, "sm_90a"), Throws.Nothing, product.ToString());
            }
        });
    }

    private static Product Simple => new("f16", 16, new Layout(0, AlongDepth: true, 128, 256), new Layout(0, AlongDepth: true, 128, 256));

    private static void Check(Product product, string? module = null)
    {
        var (left, right) = product.Factors;
        var result = product.Run(module ?? product.Module);
        var depth = LineBytes / product.FactorBytes;
        for (var thread = 0; thread < Threads; thread++)
        {
            for (var i = 0; i < product.Columns / 2; i++)
            {
                var row = (16 * (thread / 32)) + (thread % 32 / 4) + (8 * (i / 2 % 2));
                var column = (8 * (i / 4)) + (thread % 4 * 2) + (i % 2);
                var expected = Enumerable.Range(0, depth).Sum(k => left[(row * depth) + k] * right[(column * depth) + k]);
                Assert.That(result[(thread * product.Columns / 2) + i], Is.EqualTo(expected).Within(2e-6), $"row {row}, column {column}");
            }
        }
    }

    /// <summary>Where a line's elements of a depth lie, in bytes, as the canonical layouts of the manual have them.</summary>
    /// <param name="Mode">Swizzling: 0 for none, 1 to 3 for 128, 64 and 32 bytes.</param>
    /// <param name="AlongDepth">Whether 16 bytes lie along the depth (K-major) or across it.</param>
    /// <param name="Leading">The leading dimension byte offset.</param>
    /// <param name="Stride">The stride dimension byte offset.</param>
    private sealed record Layout(int Mode, bool AlongDepth, int Leading, int Stride)
    {
        public static int SwizzleBytes(int mode) => 256 >> mode;

        public int Offset(int line, int depth, int factorBytes)
        {
            var t = 16 / factorBytes;
            var vectors = Mode == 0 ? 1 : SwizzleBytes(Mode) / 16;
            var offset = AlongDepth
                ? (line % 8 * vectors * 16) + (line / 8 * Stride) + (depth % t * factorBytes) + (depth / t * (Mode == 0 ? Leading : 16))
                : Mode == 0
                    ? (line % t * factorBytes) + (line / t * Stride) + (depth % 8 * 16) + (depth / 8 * Leading)
                    : (line % t * factorBytes) + (line / t % vectors * 16) + (line / t / vectors * Leading) + (depth % 8 * vectors * 16) + (depth / 8 * Stride);
            // Swizzle<b, 4, 3>: b bits from bit 4 on, exclusive or those three places higher.
            return offset ^ ((offset >> 3) & ((vectors - 1) << 4));
        }
    }

    /// <summary>A product of random factors, the left ones in shared memory or, without a layout, in registers.</summary>
    private sealed record Product(string Type, int Columns, Layout? Left, Layout Right)
    {
        public int FactorBytes => Type == "tf32" ? 4 : 2;

        /// <summary>The factors as numbers: lines of the left and of the right matrix.</summary>
        public (double[] Left, double[] Right) Factors => (Decode(Rows, 1), Decode(Columns, 2));

        public string Module => $$"""
            .version 8.0
            .target sm_90a
            .address_size 64
            .visible .entry product(.param .b64 images, .param .b64 fragments, .param .b64 sums)
            {
                .shared .align 1024 .b8 tile[{{2 * TileBytes}}];
                .reg .pred yes, no, done, first, worker;
                .reg .b32 lane, at, place, r<4>, a<4>;
                .reg .b64 from, wide, to, left, right;
                .reg .f32 sum<{{Columns / 2}}>;
                mov.u32 lane, %tid.x;
                setp.lt.u32 worker, lane, {{Threads}};
                @!worker bra filled;
                ld.param.b64 from, [images];
                mul.wide.u32 wide, lane, 16; add.u64 from, from, wide;
                mov.u32 at, tile;
                mad.lo.u32 at, lane, 16, at;
                mov.u32 place, 0;
            fill:
                ld.global.v4.b32 {r0, r1, r2, r3}, [from];
                st.shared.v4.b32 [at], {r0, r1, r2, r3};
                add.u64 from, from, {{16 * Threads}}; add.u32 at, at, {{16 * Threads}}; add.u32 place, place, {{16 * Threads}};
                setp.lt.u32 yes, place, {{2 * TileBytes}};
                @yes bra fill;
                ld.param.b64 from, [fragments];
                add.u64 from, from, wide;
                ld.global.v4.b32 {a0, a1, a2, a3}, [from];
            filled:
                fence.proxy.async; bar.sync 0;
                @!worker bra others;
                setp.eq.u32 yes, lane, lane;
                setp.ne.u32 no, lane, lane;
                mov.u32 place, tile; shr.u32 place, place, 4;
                {{Descriptor("left", Left ?? Right)}}
                mov.u32 place, tile; add.u32 place, place, {{TileBytes}}; shr.u32 place, place, 4;
                {{Descriptor("right", Right)}}
                wgmma.fence.sync.aligned;
                {{Instruction("1, 1", "no")}}
                wgmma.commit_group.sync.aligned;
                wgmma.wait_group.sync.aligned 0;
            others:
                @!worker ret;
                ld.param.b64 to, [sums];
                mad.wide.u32 to, lane, {{2 * Columns}}, to;
                {{string.Join("\n    ", Enumerable.Range(0, Columns / 2).Select(i => $"st.global.f32 [to+{i * 4}], sum{i};"))}}
                ret;
            }
            """;

        public string Instruction(string signs, string adds)
        {
            var depth = LineBytes / FactorBytes;
            var sums = string.Join(", ", Enumerable.Range(0, Columns / 2).Select(i => $"sum{i}"));
            string[] transposed = FactorBytes == 4 ? [] : Left is null ? [Transposed(Right)] : [Transposed(Left), Transposed(Right)];
            var options = string.Join(", ", [adds, signs, .. transposed]);
            return $"wgmma.mma_async.sync.aligned.m64n{Columns}k{depth}.f32.{Type}.{Type} {{{sums}}}, {(Left is null ? "{a0, a1, a2, a3}" : "left")}, right, {options};";
        }

        public float[] Run(string module, int threads = Threads)
        {
            var images = new byte[2 * TileBytes];
            if (Left is not null)
            {
                Arrange(Rows, 1, Left, images);
            }

            Arrange(Columns, 2, Right, images.AsSpan(TileBytes));
            var output = PtxBuffer.Uninitialised<float>("sums", Threads * Columns / 2);
            PtxInterpreter.Run(
                module, new PtxLaunch(new Extent(1), new Extent(threads)), PtxBuffer.Of<byte>("images", images), PtxBuffer.Of<byte>("fragments", Fragments()), output);
            return output.Read<float>();
        }

        private static string Descriptor(string register, Layout layout) => string.Create(
            CultureInfo.InvariantCulture,
            $"or.b32 place, place, {layout.Leading / 16 << 16}; mov.b64 {register}, {{place, {(layout.Stride / 16) | (layout.Mode << 30)}}};");

        private static string Transposed(Layout layout) => layout.AlongDepth ? "0" : "1";

        /// <summary>The bytes of a factor, drawn anew for a seed.</summary>
        private byte[] Encode(int lines, int seed)
        {
            var values = RandomArray.Uniform(lines * LineBytes / FactorBytes, seed);
            return Type switch
            {
                "f16" => MemoryMarshal.AsBytes<Half>(Array.ConvertAll(values, v => (Half)v)).ToArray(),
                "bf16" => MemoryMarshal.AsBytes<ushort>(Array.ConvertAll(values, v => (ushort)(BitConverter.SingleToUInt32Bits(v) >> 16))).ToArray(),
                _ => MemoryMarshal.AsBytes<float>(values).ToArray(),
            };
        }

        private double[] Decode(int lines, int seed)
        {
            var bytes = Encode(lines, seed);
            return [.. Enumerable.Range(0, bytes.Length / FactorBytes).Select(i => Type switch
            {
                "f16" => (double)BitConverter.ToHalf(bytes, 2 * i),
                "bf16" => BitConverter.UInt32BitsToSingle((uint)BitConverter.ToUInt16(bytes, 2 * i) << 16),
                _ => BitConverter.UInt32BitsToSingle(BitConverter.ToUInt32(bytes, 4 * i) & 0xFFFFE000),
            })];
        }

        private void Arrange(int lines, int seed, Layout layout, Span<byte> image)
        {
            var (bytes, depth) = (Encode(lines, seed), LineBytes / FactorBytes);
            for (var i = 0; i < lines * depth; i++)
            {
                bytes.AsSpan(i * FactorBytes, FactorBytes).CopyTo(image[layout.Offset(i / depth, i % depth, FactorBytes)..]);
            }
        }

        /// <summary>The left matrix as threads hold it: four registers, of rows lane / 4 and the eighth after, in two halves of the depth.</summary>
        private byte[] Fragments()
        {
            var bytes = Encode(Rows, 1);
            var fragments = new byte[Threads * 16];
            for (var thread = 0; thread < Threads; thread++)
            {
                for (var i = 0; i < 4; i++)
                {
                    var row = (16 * (thread / 32)) + (thread % 32 / 4) + (i is 1 or 3 ? 8 : 0);
                    var place = (thread % 4 * 4) + (i >= 2 ? 16 : 0);
                    bytes.AsSpan((row * LineBytes) + place, 4).CopyTo(fragments.AsSpan((thread * 16) + (i * 4)));
                }
            }

            return fragments;
        }
    }
}
