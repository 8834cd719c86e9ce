using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using static Gpu.Kernels.Generator.Cuda.AssemblyClass;

namespace Gpu.Kernels.Generator.Cuda;

/// <summary>
/// Writes <c>MatrixVectorFloat32</c> and <c>MatrixVectorFloat16</c>, the assembly of <c>SplitMatrixVector</c>: a thread's vector of
/// columns, four rows at a time, and the sums of a group's four warps by way of shared memory.
/// </summary>
[Generator]
public sealed class MatrixVectorStepGenerator : IIncrementalGenerator
{
    private const int Warps = 4;
    private const int WarpSize = 32;

    /// <summary>Rows of a thread under way at once.</summary>
    private const int Rows = 4;

    /// <summary>Registers of 32 bits of a load.</summary>
    private const int Vector = 4;

    private const int FloatBytes = 4;

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context) =>
        context.RegisterPostInitializationOutput(output =>
        {
            output.AddSource("MatrixVectorFloat32.g.cs", Source("MatrixVectorFloat32", Vector));
            output.AddSource("MatrixVectorFloat16.g.cs", Source("MatrixVectorFloat16", 2 * Vector));
        });

    private static string Source(string name, int columns)
    {
        var code = new AssemblyClass(name);
        code.AddConstant("Columns", columns);
        code.AddConstant(nameof(Rows), Rows);
        code.AddConstant(nameof(Warps), Warps);
        code.AddOpen("Declare", Declare(columns));
        code.Add("Multiply", Multiply(columns));
        code.Add("Stage", Stage(columns));
        code.Add("Finish", Finish(columns));
        return code.ToString();
    }

    private static IEnumerable<string> Declare(int columns) =>
    [
        $".shared .align 16 .b8 staged[{Warps * WarpSize * columns * FloatBytes}];",
        $".reg .f32 sum<{columns}>;",
        .. Enumerable.Range(0, columns).Select(i => $"mov.f32 sum{i}, 0f00000000;"),
    ];

    /// <summary>%0: address of the first row's weights; %1: of its input; %2: bytes from a thread's row to its next; %3: rows from the first to the last.</summary>
    private static IEnumerable<string> Multiply(int columns)
    {
        var isHalf = columns > Vector;
        yield return $".reg .pred inside; .reg .b64 place; .reg .f32 value<{Rows}>, factor; .reg .b32 weight<{Rows * Vector}>, upper; .reg .b16 half;";
        yield return "mov.b64 place, %0;";
        for (var row = 0; row < Rows; row++)
        {
            yield return $"setp.gt.s32 inside, %3, {row * Warps}; mov.f32 value{row}, 0f00000000;";
            yield return string.Join(" ", Enumerable.Range(row * Vector, Vector).Select(i => $"mov.b32 weight{i}, 0;"));
            yield return $"@inside ld.global.nc.f32 value{row}, [%1+{row * Warps * FloatBytes}];";
            yield return $"@inside ld.global.nc.L1::no_allocate.v4.b32 {Registers("weight", row * Vector, Vector)}, [place];";
            yield return "add.s64 place, place, %2;";
        }

        for (var i = 0; i < Rows * Vector; i++)
        {
            var (row, column) = (i / Vector, i % Vector);
            if (!isHalf)
            {
                yield return $"mov.b32 factor, weight{i}; fma.rn.f32 sum{column}, value{row}, factor, sum{column};";
                continue;
            }

            yield return $"cvt.u16.u32 half, weight{i}; cvt.f32.f16 factor, half; fma.rn.f32 sum{2 * column}, value{row}, factor, sum{2 * column};";
            yield return $"shr.u32 upper, weight{i}, 16; cvt.u16.u32 half, upper; cvt.f32.f16 factor, half;";
            yield return $"fma.rn.f32 sum{(2 * column) + 1}, value{row}, factor, sum{(2 * column) + 1};";
        }
    }

    /// <summary>%0: the thread.</summary>
    private static IEnumerable<string> Stage(int columns) =>
    [
        ".reg .b32 place;",
        $"mov.u32 place, staged; mad.lo.u32 place, %0, {columns * FloatBytes}, place;",
        .. Enumerable.Range(0, columns / Vector).Select(i => $"st.shared.v4.f32 [place+{i * Vector * FloatBytes}], {Registers("sum", i * Vector, Vector)};"),
    ];

    /// <summary>%0: the lane; %1: address of its first output.</summary>
    private static IEnumerable<string> Finish(int columns)
    {
        yield return $".reg .b32 place; .reg .f32 other<{Vector}>;";
        yield return $"mov.u32 place, staged; mad.lo.u32 place, %0, {columns * FloatBytes}, place;";
        for (var i = 0; i < columns; i += Vector)
        {
            for (var warp = 1; warp < Warps; warp++)
            {
                yield return $"ld.shared.v4.f32 {Registers("other", 0, Vector)}, [place+{(warp * WarpSize * columns * FloatBytes) + (i * FloatBytes)}];";
                yield return string.Join(" ", Enumerable.Range(0, Vector).Select(j => $"add.f32 sum{i + j}, sum{i + j}, other{j};"));
            }

            yield return $"st.global.v4.f32 [%1+{i * FloatBytes}], {Registers("sum", i, Vector)};";
        }
    }
}
