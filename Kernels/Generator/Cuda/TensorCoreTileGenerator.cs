using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using static Gpu.Kernels.Generator.Cuda.AssemblyClass;

namespace Gpu.Kernels.Generator.Cuda;

/// <summary>
/// Writes <c>WideTensorCoreTile</c> and <c>NarrowTensorCoreTile</c>, the assembly of <c>TensorCoreConvolution</c> for tiles of 128
/// positions x 128 and 64 outputs: a warp's sums of 64 positions x half of the outputs, and stages of left [128][32] and right
/// [32][outputs] halves. How fragments lie in a warp's registers: PTX ISA, section 9.7.14.5.8.
/// </summary>
[Generator]
public sealed class TensorCoreTileGenerator : IIncrementalGenerator
{
    private const int Stages = 3;
    private const int Positions = 128;
    private const int Depth = 32;
    private const int HalfBytes = 2;
    private const int FloatBytes = 4;

    /// <summary>A product of matrices: 16 rows x 8 columns over a depth of 16; its sums take 4 registers of each thread.</summary>
    private const int Rows = 16, Columns = 8, Terms = 16, Sums = 4;

    /// <summary>Products that a warp's 64 positions are high.</summary>
    private const int High = Positions / 2 / Rows;

    private const int LeftRowBytes = Depth * HalfBytes;
    private const int LeftBytes = Positions * LeftRowBytes;
    private const string LoadMatrices = "ldmatrix.sync.aligned.m8n8.x4";
    private const string MultiplyMatrices = "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context) =>
        context.RegisterPostInitializationOutput(output =>
        {
            output.AddSource("WideTensorCoreTile.g.cs", Source("WideTensorCoreTile", 128));
            output.AddSource("NarrowTensorCoreTile.g.cs", Source("NarrowTensorCoreTile", 64));
        });

    private static string Source(string name, int outputs)
    {
        var code = new AssemblyClass(name);
        code.AddConstant(nameof(Stages), Stages);
        code.AddConstant(nameof(Positions), Positions);
        code.AddConstant("Outputs", outputs);
        code.AddConstant(nameof(Depth), Depth);
        code.AddConstant(nameof(HalfBytes), HalfBytes);
        code.AddOpen("Declare", Declare(outputs));
        code.Add("Copy", Copy());
        code.Add("Multiply", Multiply(outputs));
        code.Add("Finish", Finish(outputs));
        return code.ToString();
    }

    /// <summary>Products that a warp's half of the outputs is wide.</summary>
    private static int Wide(int outputs) => outputs / 2 / Columns;

    private static IEnumerable<string> Declare(int outputs) =>
    [
        $".shared .align 128 .b8 stages[{Stages * (LeftBytes + (Depth * outputs * HalfBytes))}];",
        ".reg .b32 stage;",
        $".reg .f32 sum<{High * Wide(outputs) * Sums}>;",
        $".reg .b32 left<{High * 4}>, right<{Wide(outputs) * 2}>;",
        "mov.u32 stage, stages;",
        .. Enumerable.Range(0, High * Wide(outputs) * Sums).Select(i => $"mov.f32 sum{i}, 0f00000000;"),
    ];

    /// <summary>%0: place in the stages; %1: address of 8 halves; %2: 16, or 0 for zeros.</summary>
    private static IEnumerable<string> Copy() =>
    [
        ".reg .b32 place;",
        "add.u32 place, stage, %0;",
        "cp.async.cg.shared.global [place], [%1], 16, %2;",
    ];

    /// <summary>%0: place of the 16 bytes of the left matrix that the thread names; %1: of the right.</summary>
    private static IEnumerable<string> Multiply(int outputs)
    {
        var pairs = Wide(outputs) / 2;
        yield return $".reg .b32 rows<2>, columns<{pairs}>;";

        // Places are swizzled, so that another vector of a row lies at another place by exclusive or, not by addition.
        yield return "add.u32 rows0, stage, %0;";
        yield return $"xor.b32 rows1, rows0, {Terms * HalfBytes};";
        yield return "add.u32 columns0, stage, %1;";
        for (var pair = 1; pair < pairs; pair++)
        {
            yield return $"xor.b32 columns{pair}, columns0, {pair * 2 * Columns * HalfBytes};";
        }

        for (var step = 0; step < Depth / Terms; step++)
        {
            for (var i = 0; i < High; i++)
            {
                yield return $"{LoadMatrices}.shared.b16 {Registers("left", 4 * i, 4)}, [rows{step}+{i * Rows * LeftRowBytes}];";
            }

            for (var pair = 0; pair < pairs; pair++)
            {
                yield return $"{LoadMatrices}.trans.shared.b16 {Registers("right", 4 * pair, 4)}, [columns{pair}+{step * Terms * outputs * HalfBytes}];";
            }

            for (var i = 0; i < High; i++)
            {
                for (var j = 0; j < Wide(outputs); j++)
                {
                    var sums = Registers("sum", ((i * Wide(outputs)) + j) * Sums, Sums);
                    yield return $"{MultiplyMatrices} {sums}, {Registers("left", 4 * i, 4)}, {Registers("right", 2 * j, 2)}, {sums};";
                }
            }
        }
    }

    /// <summary>
    /// %0: address of the thread's first output; %1: of its bias; %2: bytes from one position to the next; %3: positions from the first
    /// row to the last; %4: channels from the first column to the last; %5: below what outputs are raised to it.
    /// </summary>
    private static IEnumerable<string> Finish(int outputs)
    {
        yield return $".reg .pred low, rows, inside, columns<{Wide(outputs)}>;";
        yield return $".reg .f32 value<2>, bias<{Wide(outputs) * 2}>;";
        yield return ".reg .b64 place, gap;";
        for (var j = 0; j < Wide(outputs); j++)
        {
            yield return $"setp.gt.s32 columns{j}, %4, {j * Columns};";
            yield return $"mov.f32 bias{2 * j}, 0f00000000; mov.f32 bias{(2 * j) + 1}, 0f00000000;";
            yield return $"@columns{j} ld.global.nc.v2.f32 {Registers("bias", 2 * j, 2)}, [%1+{j * Columns * FloatBytes}];";
        }

        yield return "mov.b64 place, %0;";
        yield return "shl.b64 gap, %2, 3;";
        for (var row = 0; row < High * 2; row++)
        {
            yield return $"setp.gt.s32 rows, %3, {row * Rows / 2};";
            for (var j = 0; j < Wide(outputs); j++)
            {
                for (var e = 0; e < 2; e++)
                {
                    var sum = (((row / 2 * Wide(outputs)) + j) * Sums) + (row % 2 * 2) + e;
                    yield return $"add.f32 value{e}, sum{sum}, bias{(2 * j) + e};";
                    yield return $"setp.lt.f32 low, value{e}, %5; selp.f32 value{e}, %5, value{e}, low;";
                }

                yield return $"and.pred inside, rows, columns{j};";
                yield return $"@inside st.global.v2.f32 [place+{j * Columns * FloatBytes}], {Registers("value", 0, 2)};";
            }

            yield return "add.s64 place, place, gap;";
        }
    }
}
