using System.Collections.Generic;
using System.Linq;
using static Gpu.Kernels.Generator.Cuda.AssemblyClass;

namespace Gpu.Kernels.Generator.Cuda;

/// <summary>
/// The assembly of a tile of 128 rows x 128 or 64 outputs: a warp's sums of 64 rows x half of the outputs, and stages of left
/// [128][64 bytes] and right [as many channels][outputs], once for each part. How fragments lie in a warp's registers: PTX ISA,
/// sections 9.7.14.5.6 and 9.7.14.5.8.
/// </summary>
internal sealed class TensorCoreTile(TensorCoreFormat format, int outputs)
{
    private const int Positions = 128;
    private const int VectorBytes = 16;
    private const int FloatBytes = 4;

    /// <summary>Rows and columns of a product, and its sums in a thread's registers.</summary>
    private const int Rows = 16, Columns = 8, Sums = 4;

    /// <summary>Products that a warp's 64 rows are high.</summary>
    private const int High = Positions / 2 / Rows;

    private const int LeftRowBytes = 64;
    private const int LeftBytes = Positions * LeftRowBytes;
    private const string LoadMatrices = "ldmatrix.sync.aligned.m8n8.x4";

    /// <summary>Rows of a thread that make a pooling window: all 4 of two products, one above the other.</summary>
    private const int Members = 4;

    /// <summary>The format.</summary>
    public TensorCoreFormat Format => format;

    /// <summary>Output channels.</summary>
    public int Outputs => outputs;

    private int RightRowBytes => outputs * format.FactorBytes;

    private int PartBytes => LeftBytes + (LeftRowBytes / format.FactorBytes * RightRowBytes);

    /// <summary>
    /// Whether the products of a stage are added up by themselves and then to the sums. Tensor cores cut off what they add beyond the
    /// last bits of the larger addend: too much of the products of two parts, once the sums are much larger than they.
    /// </summary>
    private bool IsAddedApart => format.Parts == 2;

    /// <summary>Products that a warp's half of the outputs is wide.</summary>
    private int Wide => outputs / 2 / Columns;

    /// <summary>Registers, and sums that are 0.</summary>
    public IEnumerable<string> Declare() =>
    [
        $".shared .align 256 .b8 stages[{format.Stages * format.Parts * PartBytes}];",
        ".reg .b32 stage;",
        $".reg .f32 sum<{High * Wide * Sums}>;",
        .. Enumerable.Range(0, format.Parts).Select(part => $".reg .b32 left{part}x<{High * 4}>, right{part}x<{Wide * 2}>;"),
        "mov.u32 stage, stages;",
        .. Enumerable.Range(0, High * Wide * Sums).Select(i => $"mov.f32 sum{i}, 0f00000000;"),
    ];

    /// <summary>%0: place in the stages; %1: address of a vector; %2: 16, or 0 for zeros.</summary>
    public IEnumerable<string> Copy() =>
    [
        ".reg .b32 place;",
        "add.u32 place, stage, %0;",
        .. Enumerable.Range(0, format.Parts).Select(part =>
            $"cp.async.cg.shared.global [place+{part * PartBytes}], [%1+{part * VectorBytes}], {VectorBytes}, %2;"),
    ];

    /// <summary>%0: place of the 16 bytes of left that the thread names; %1: of the right factors that it names or loads first.</summary>
    public IEnumerable<string> Multiply()
    {
        // A place is swizzled, so that another vector of a row lies at another place by exclusive or, not by addition.
        var isHalf = format.FactorBytes == 2;
        var columns = isHalf ? Wide / 2 : Wide;
        yield return $".reg .b32 rows<2>, columns<{columns}>;";
        if (IsAddedApart)
        {
            yield return $".reg .f32 zero, fresh<{High * Wide * Sums}>;";
            yield return "mov.f32 zero, 0f00000000;";
        }

        yield return "add.u32 rows0, stage, %0;";
        yield return $"xor.b32 rows1, rows0, {2 * VectorBytes};";
        yield return "add.u32 columns0, stage, %1;";
        for (var i = 1; i < columns; i++)
        {
            yield return $"xor.b32 columns{i}, columns0, {i * 2 * VectorBytes};";
        }

        for (var step = 0; step < LeftRowBytes / format.FactorBytes / format.Terms; step++)
        {
            for (var part = 0; part < format.Parts; part++)
            {
                for (var i = 0; i < High; i++)
                {
                    yield return $"{LoadMatrices}.shared.b16 {Registers($"left{part}x", 4 * i, 4)}, [rows{step}+{(part * PartBytes) + (i * Rows * LeftRowBytes)}];";
                }

                foreach (var line in isHalf ? LoadHalves(step) : LoadFloats(step, part))
                {
                    yield return line;
                }
            }

            // Of two parts the small products first; that of the small parts is too small to matter.
            (int Left, int Right)[] products = format.Parts == 1 ? [(0, 0)] : [(1, 0), (0, 1), (0, 0)];
            foreach (var (left, right) in products)
            {
                var isFirst = step == 0 && (left, right) == products[0];
                for (var i = 0; i < High; i++)
                {
                    for (var j = 0; j < Wide; j++)
                    {
                        var sums = Registers(IsAddedApart ? "fresh" : "sum", ((i * Wide) + j) * Sums, Sums);
                        var addend = IsAddedApart && isFirst ? "{zero, zero, zero, zero}" : sums;
                        yield return $"{format.Product} {sums}, {Registers($"left{left}x", 4 * i, 4)}, {Registers($"right{right}x", 2 * j, 2)}, {addend};";
                    }
                }
            }
        }

        for (var i = 0; IsAddedApart && i < High * Wide * Sums; i++)
        {
            yield return $"add.rn.f32 sum{i}, sum{i}, fresh{i};";
        }
    }

    /// <summary>
    /// %0: address of the thread's first output; %1: of its bias, or 0; %2: bytes from one row to the next; %3: rows from the first to
    /// the last; %4: channels from the first column to the last; %5: below what outputs are raised to it. Pooled, the largest of a
    /// window is a row, and 8 windows lie side by side. Rounded, outputs are stored as factors.
    /// </summary>
    public IEnumerable<string> Finish(bool pooled, bool rounded)
    {
        var members = pooled ? Members : 1;
        var valueBytes = rounded ? format.FactorBytes * format.Parts : FloatBytes;
        yield return $".reg .pred low, biased, rows, inside, columns<{Wide}>;";
        yield return $".reg .f32 value<2>, bias<{Wide * 2}>;";
        yield return ".reg .b32 factor<2>;";
        yield return ".reg .b64 place, gap;";
        for (var j = 0; j < Wide; j++)
        {
            yield return $"setp.gt.s32 columns{j}, %4, {j * Columns};";
            yield return $"setp.ne.s64 biased, %1, 0; and.pred biased, biased, columns{j};";
            yield return $"mov.f32 bias{2 * j}, 0f00000000; mov.f32 bias{(2 * j) + 1}, 0f00000000;";
            yield return $"@biased ld.global.nc.v2.f32 {Registers("bias", 2 * j, 2)}, [%1+{j * Columns * FloatBytes}];";
        }

        yield return "mov.b64 place, %0;";
        yield return "shl.b64 gap, %2, 3;";
        for (var row = 0; row < High * 2 / members; row++)
        {
            yield return $"setp.gt.s32 rows, %3, {row * Rows / 2};";
            for (var j = 0; j < Wide; j++)
            {
                for (var e = 0; e < 2; e++)
                {
                    var sum = SumOf(row * members, j, e);
                    for (var member = 1; member < members; member++)
                    {
                        yield return $"max.f32 sum{sum}, sum{sum}, sum{SumOf((row * members) + member, j, e)};";
                    }

                    yield return $"add.f32 value{e}, sum{sum}, bias{(2 * j) + e};";
                    yield return $"setp.lt.f32 low, value{e}, %5; selp.f32 value{e}, %5, value{e}, low;";
                }

                yield return $"and.pred inside, rows, columns{j};";
                foreach (var line in rounded ? StoreFactors(j * Columns * valueBytes) : [$"@inside st.global.v2.f32 [place+{j * Columns * valueBytes}], {Registers("value", 0, 2)};"])
                {
                    yield return line;
                }
            }

            yield return "add.s64 place, place, gap;";
        }
    }

    /// <summary>Rounds two adjacent values and stores them: halves in one register, tensor floats in two, and then what is left of each in the next vector.</summary>
    private IEnumerable<string> StoreFactors(int offset)
    {
        if (format.FactorBytes == 2)
        {
            yield return $"{format.Round} factor0, value1, value0;";
            yield return $"@inside st.global.b32 [place+{offset}], factor0;";
            yield break;
        }

        for (var part = 0; part < format.Parts; part++)
        {
            if (part > 0)
            {
                yield return "sub.rn.f32 value0, value0, factor0; sub.rn.f32 value1, value1, factor1;";
            }

            yield return $"{format.Round} factor0, value0; {format.Round} factor1, value1;";
            yield return $"@inside st.global.v2.b32 [place+{offset + (part * VectorBytes)}], {Registers("factor", 0, 2)};";
        }
    }

    /// <summary>Pairs of 8 columns: ldmatrix transposes what lies as [channel][output].</summary>
    private IEnumerable<string> LoadHalves(int step) => Enumerable.Range(0, Wide / 2).Select(pair =>
        $"{LoadMatrices}.trans.shared.b16 {Registers("right0x", 4 * pair, 4)}, [columns{pair}+{step * format.Terms * RightRowBytes}];");

    /// <summary>The thread's own two factors of each 8 columns, 4 channels apart.</summary>
    private IEnumerable<string> LoadFloats(int step, int part) =>
        from j in Enumerable.Range(0, Wide)
        from r in Enumerable.Range(0, 2)
        select $"ld.shared.b32 right{part}x{(2 * j) + r}, [columns{j}+{(part * PartBytes) + (((step * format.Terms) + (4 * r)) * RightRowBytes)}];";

    /// <summary>The register of row 8 * <paramref name="row"/>, 8 columns j, and of a thread's two columns of them the one at <paramref name="column"/>.</summary>
    private int SumOf(int row, int j, int column) => (((row / 2 * Wide) + j) * Sums) + (row % 2 * 2) + column;
}
