using Gpu.Cases;
using NUnit.Framework;

namespace Gpu.Tests.Ptx;

/// <summary>
/// Matrix instructions and asynchronous copies on their own, in PTX written by hand. Fragments are filled from the formulas of the
/// PTX ISA 9 (sections 9.7.14.5.7 and 9.7.14.5.8, "Matrix Fragments"), stated here element by element.
/// </summary>
[TestFixture]
[Category("Ptx")]
[Parallelizable(ParallelScope.All)]
internal sealed class TensorCoreTests
{
    private const int Lanes = 32, Rows = 16, Columns = 8;

    [Test]
    public void A_product_of_halves_has_the_fragments_of_the_manual() =>
        CheckProductOfPairs("f16", values => Array.ConvertAll(values, v => BitConverter.HalfToUInt16Bits((Half)v)), bits => (double)BitConverter.UInt16BitsToHalf(bits));

    [Test]
    public void A_product_of_brain_floats_has_the_fragments_of_the_manual() => CheckProductOfPairs(
        "bf16",
        values => Array.ConvertAll(values, v => (ushort)(BitConverter.SingleToUInt32Bits(v) >> 16)),
        bits => BitConverter.UInt32BitsToSingle((uint)bits << 16));

    [Test]
    public void A_product_of_tensor_floats_has_the_fragments_of_the_manual()
    {
        const int Depth = 8;
        // Ten bits of fraction are what a tensor float keeps.
        var (a, b) = (Array.ConvertAll(RandomArray.Uniform(Rows * Depth, 1), Truncate), Array.ConvertAll(RandomArray.Uniform(Depth * Columns, 2), Truncate));
        var (left, right) = (new float[Lanes * 4], new float[Lanes * 2]);
        for (var lane = 0; lane < Lanes; lane++)
        {
            var (group, place) = (lane >> 2, lane % 4);
            for (var i = 0; i < 4; i++)
            {
                left[(lane * 4) + i] = a[((i is 0 or 2 ? group : group + 8) * Depth) + (i < 2 ? place : place + 4)];
            }

            for (var i = 0; i < 2; i++)
            {
                right[(lane * 2) + i] = b[((i == 0 ? place : place + 4) * Columns) + group];
            }
        }

        Check("m16n8k8", "tf32", Depth, PtxBuffer.Of<float>("a", left), PtxBuffer.Of<float>("b", right), i => a[i], i => b[i]);

        static float Truncate(float value) => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) & 0xFFFFE000);
    }

    /// <summary>Rows of 16 bytes, named by threads 8 * i on for matrix i; a thread gets a pair of its row, or of its column if transposed, of each.</summary>
    [TestCase("")]
    [TestCase(".trans")]
    public void Matrices_are_loaded_as_products_take_them(string transposed)
    {
        const int Side = 8, Matrices = 4;
        ushort[] values = [.. Enumerable.Range(1000, Matrices * Side * Side).Select(v => (ushort)v)];
        var output = PtxBuffer.Uninitialised<ushort>("output", values.Length);
        PtxInterpreter.Run(LoadMatrices(transposed), Warp, PtxBuffer.Of<ushort>("input", values), output);
        var expected =
            from lane in Enumerable.Range(0, Lanes)
            from matrix in Enumerable.Range(0, Matrices)
            from element in Enumerable.Range(0, 2)
            let line = lane / 4
            let place = (lane % 4 * 2) + element
            let index = transposed.Length > 0 ? (place * Side) + line : (line * Side) + place
            select values[(matrix * Side * Side) + index];
        Assert.That(output.Read<ushort>(), Is.EqualTo(expected));
    }

    [Test]
    public void A_copy_delivers_when_waited_for_and_fills_with_zeros()
    {
        var output = PtxBuffer.Uninitialised<uint>("output", 4);
        PtxInterpreter.Run(Copy(wait: "cp.async.wait_group 0;"), new PtxLaunch(new Extent(1), new Extent(1)), PtxBuffer.Of<uint>("input", [1, 2, 3, 4]), output);
        Assert.That(output.Read<uint>(), Is.EqualTo(new uint[] { 1, 2, 0, 0 }));
    }

    [TestCase("")]
    [TestCase("cp.async.wait_group 1;")]
    public void A_copy_that_is_not_waited_for_is_reported(string wait) =>
        Assert.That(
            () => PtxInterpreter.Run(
                Copy(wait), new PtxLaunch(new Extent(1), new Extent(1)), PtxBuffer.Of<uint>("input", [1, 2, 3, 4]), PtxBuffer.Uninitialised<uint>("output", 4)),
            Throws.TypeOf<PtxException>().With.Message.Contains("before the copy to it has been waited for"));

    private static PtxLaunch Warp => new(new Extent(1), new Extent(Lanes));

    /// <summary>A product of m16n8k16, whose fragments hold two 16-bit values in a register.</summary>
    private static void CheckProductOfPairs(string type, Converter<float[], ushort[]> encode, Func<ushort, double> decode)
    {
        const int Depth = 16;
        var (a, b) = (encode(RandomArray.Uniform(Rows * Depth, 1)), encode(RandomArray.Uniform(Depth * Columns, 2)));
        var (left, right) = (new ushort[Lanes * 8], new ushort[Lanes * 4]);
        for (var lane = 0; lane < Lanes; lane++)
        {
            for (var i = 0; i < 8; i++)
            {
                var row = i is 0 or 1 or 4 or 5 ? lane >> 2 : (lane >> 2) + 8;
                var column = ((lane % 4) * 2) + (i & 1) + (i >= 4 ? 8 : 0);
                left[(lane * 8) + i] = a[(row * Depth) + column];
            }

            for (var i = 0; i < 4; i++)
            {
                var row = ((lane % 4) * 2) + (i & 1) + (i >= 2 ? 8 : 0);
                right[(lane * 4) + i] = b[(row * Columns) + (lane >> 2)];
            }
        }

        Check("m16n8k16", type, Depth, PtxBuffer.Of<ushort>("a", left), PtxBuffer.Of<ushort>("b", right), i => decode(a[i]), i => decode(b[i]));
    }

    private static void Check(string shape, string type, int depth, PtxBuffer left, PtxBuffer right, Func<int, double> a, Func<int, double> b)
    {
        var output = PtxBuffer.Uninitialised<float>("d", Rows * Columns);
        PtxInterpreter.Run(Product($"mma.sync.aligned.{shape}.row.col.f32.{type}.{type}.f32"), Warp, left, right, output);
        var result = output.Read<float>();
        for (var lane = 0; lane < Lanes; lane++)
        {
            for (var i = 0; i < 4; i++)
            {
                var (row, column) = (i < 2 ? lane >> 2 : (lane >> 2) + 8, ((lane % 4) * 2) + (i & 1));
                var expected = Enumerable.Range(0, depth).Sum(k => a((row * depth) + k) * b((k * Columns) + column));
                Assert.That(result[(lane * 4) + i], Is.EqualTo(expected).Within(1e-6), $"row {row}, column {column}");
            }
        }
    }

    private static string Product(string instruction) => $$"""
        .version 7.8
        .target sm_80
        .address_size 64
        .visible .entry product(.param .b64 a, .param .b64 b, .param .b64 d)
        {
            .reg .b32 lane, offset, ra<4>, rb<2>;
            .reg .b64 wide, pa, pb, pd;
            .reg .f32 c<4>;
            ld.param.b64 pa, [a]; ld.param.b64 pb, [b]; ld.param.b64 pd, [d];
            mov.u32 lane, %laneid;
            mul.wide.u32 wide, lane, 16; add.u64 pa, pa, wide; add.u64 pd, pd, wide;
            mul.wide.u32 wide, lane, 8; add.u64 pb, pb, wide;
            ld.global.v4.b32 {ra0, ra1, ra2, ra3}, [pa];
            ld.global.v2.b32 {rb0, rb1}, [pb];
            mov.f32 c0, 0f00000000; mov.f32 c1, c0; mov.f32 c2, c0; mov.f32 c3, c0;
            {{instruction}} {c0, c1, c2, c3}, {ra0, ra1, ra2, ra3}, {rb0, rb1}, {c0, c1, c2, c3};
            st.global.v4.f32 [pd], {c0, c1, c2, c3};
            ret;
        }
        """;

    private static string LoadMatrices(string transposed) => $$"""
        .version 7.8
        .target sm_80
        .address_size 64
        .visible .entry load(.param .b64 input, .param .b64 output)
        {
            .shared .align 16 .b8 tile[512];
            .reg .b32 lane, at, r<4>;
            .reg .b64 from, to, wide;
            ld.param.b64 from, [input]; ld.param.b64 to, [output];
            mov.u32 lane, %laneid;
            mul.wide.u32 wide, lane, 16; add.u64 from, from, wide; add.u64 to, to, wide;
            mov.u32 at, tile;
            mad.lo.u32 at, lane, 16, at;
            ld.global.v4.b32 {r0, r1, r2, r3}, [from];
            st.shared.v4.b32 [at], {r0, r1, r2, r3};
            bar.sync 0;
            ldmatrix.sync.aligned.m8n8.x4{{transposed}}.shared.b16 {r0, r1, r2, r3}, [at];
            st.global.v4.b32 [to], {r0, r1, r2, r3};
            ret;
        }
        """;

    private static string Copy(string wait) => $$"""
        .version 7.8
        .target sm_80
        .address_size 64
        .visible .entry copy(.param .b64 input, .param .b64 output)
        {
            .shared .align 16 .b8 tile[16];
            .reg .b32 at, r<4>;
            .reg .b64 from, to;
            ld.param.b64 from, [input]; ld.param.b64 to, [output];
            mov.u32 at, tile;
            cp.async.cg.shared.global [at], [from], 16, 8;
            cp.async.commit_group;
            {{wait}}
            ld.shared.v4.b32 {r0, r1, r2, r3}, [at];
            st.global.v4.b32 [to], {r0, r1, r2, r3};
            ret;
        }
        """;
}
