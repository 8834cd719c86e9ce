using Gpu.Cases;
using NUnit.Framework;

namespace Gpu.Tests.Ptx;

/// <summary>
/// Matrix instructions and asynchronous copies on their own, in PTX written by hand. Fragments are filled from the formulas of the
/// PTX ISA (section 9.7.14.5.8, "Matrix Fragments for mma.m16n8k16 with floating point type"), stated here element by element.
/// </summary>
[TestFixture]
[Category("Ptx")]
internal sealed class TensorCoreTests
{
    private const int Rows = 16, Columns = 8, Depth = 16;

    [Test]
    public void A_product_of_halves_has_the_fragments_of_the_manual()
    {
        var a = Array.ConvertAll(RandomArray.Uniform(Rows * Depth, 1), v => (Half)v);
        var b = Array.ConvertAll(RandomArray.Uniform(Depth * Columns, 2), v => (Half)v);
        var (fragmentsA, fragmentsB) = (new Half[32 * 8], new Half[32 * 4]);
        for (var lane = 0; lane < 32; lane++)
        {
            for (var i = 0; i < 8; i++)
            {
                var row = i is 0 or 1 or 4 or 5 ? lane >> 2 : (lane >> 2) + 8;
                var column = ((lane % 4) * 2) + (i & 1) + (i >= 4 ? 8 : 0);
                fragmentsA[(lane * 8) + i] = a[(row * Depth) + column];
            }

            for (var i = 0; i < 4; i++)
            {
                var row = ((lane % 4) * 2) + (i & 1) + (i >= 2 ? 8 : 0);
                fragmentsB[(lane * 4) + i] = b[(row * Columns) + (lane >> 2)];
            }
        }

        var output = PtxBuffer.Uninitialised<float>("d", Rows * Columns);
        PtxInterpreter.Run(Product, new PtxLaunch(new Extent(1), new Extent(32)), PtxBuffer.Of<Half>("a", fragmentsA), PtxBuffer.Of<Half>("b", fragmentsB), output);
        var result = output.Read<float>();
        for (var lane = 0; lane < 32; lane++)
        {
            for (var i = 0; i < 4; i++)
            {
                var (row, column) = (i < 2 ? lane >> 2 : (lane >> 2) + 8, ((lane % 4) * 2) + (i & 1));
                var expected = Enumerable.Range(0, Depth).Sum(k => (double)a[(row * Depth) + k] * (double)b[(k * Columns) + column]);
                Assert.That(result[(lane * 4) + i], Is.EqualTo(expected).Within(1e-6), $"row {row}, column {column}");
            }
        }
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

    private const string Product = """
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
            mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {c0, c1, c2, c3}, {ra0, ra1, ra2, ra3}, {rb0, rb1}, {c0, c1, c2, c3};
            st.global.v4.f32 [pd], {c0, c1, c2, c3};
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
