using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using static Gpu.Kernels.Generator.Cuda.AssemblyClass;

namespace Gpu.Kernels.Generator.Cuda;

/// <summary>
/// Writes <c>CudaCoreTile</c>, the assembly of <c>CudaCoreConvolution</c>: a thread's 8x8 sums of a tile of 128 positions x 64
/// outputs, its fetches from global memory, and two shared buffers of left [8][128] and right [8][64].
/// </summary>
[Generator]
public sealed class CudaCoreTileGenerator : IIncrementalGenerator
{
    private const int Positions = 128;
    private const int Outputs = 64;
    private const int Depth = 8;

    /// <summary>Rows and columns of a thread: four adjacent ones in each half of the tile, so that a warp reads without bank conflicts.</summary>
    private const int Side = 8;

    private const int Vector = 4;
    private const int FloatBytes = 4;
    private const int LeftBytes = Depth * Positions * FloatBytes;
    private const int BufferBytes = LeftBytes + (Depth * Outputs * FloatBytes);

    /// <summary>Bit pattern of 0 as PTX writes it.</summary>
    private const string Zero = "0f00000000";

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context) =>
        context.RegisterPostInitializationOutput(output => output.AddSource("CudaCoreTile.g.cs", Source()));

    private static string Source()
    {
        var code = new AssemblyClass("CudaCoreTile");
        code.AddConstant(nameof(Positions), Positions);
        code.AddConstant(nameof(Outputs), Outputs);
        code.AddConstant(nameof(Depth), Depth);
        code.AddConstant(nameof(Vector), Vector);
        code.AddConstant(nameof(BufferBytes), BufferBytes);
        code.AddOpen("Declare", Declare());
        code.Add("Fetch", Fetch());
        code.Add("Stage", Stage());
        code.Add("Multiply", Multiply());
        code.Add("Finish", Finish(pooled: false));
        code.Add("FinishPooled", Finish(pooled: true));
        return code.ToString();
    }

    private static IEnumerable<string> Declare() =>
    [
        $".shared .align 16 .b8 buffers[{2 * BufferBytes}];",
        ".reg .b32 buffer;",
        $".reg .f32 sum<{Side * Side}>, left<{Side}>, right<{Side}>, fetched<{3 * Vector}>;",
        "mov.u32 buffer, buffers;",
        .. Enumerable.Range(0, Side * Side).Select(i => $"mov.f32 sum{i}, {Zero};"),
    ];

    /// <summary>%0: address of 8 input channels; %1: of 4 weights; %2, %3: whether the first and second 4 channels are there; %4: the weights.</summary>
    private static IEnumerable<string> Fetch() =>
    [
        ".reg .pred inside;",
        .. Enumerable.Range(0, 3 * Vector).Select(i => $"mov.f32 fetched{i}, {Zero};"),
        .. FetchVector(0, "%0", "%2"),
        .. FetchVector(1, "%0+16", "%3"),
        .. FetchVector(2, "%1", "%4"),
    ];

    private static IEnumerable<string> FetchVector(int index, string address, string present) =>
    [
        $"setp.ne.u32 inside, {present}, 0;",
        $"@inside ld.global.nc.v4.f32 {Registers("fetched", index * Vector, Vector)}, [{address}];",
    ];

    /// <summary>%0: place of the thread's position in the left matrix; %1: of its weights in the right; both from the buffers' start, in bytes.</summary>
    private static IEnumerable<string> Stage() =>
    [
        ".reg .b32 place;",
        "add.u32 place, buffer, %0;",
        .. Enumerable.Range(0, Depth).Select(k => $"st.shared.f32 [place+{k * Positions * FloatBytes}], fetched{k};"),
        "add.u32 place, buffer, %1;",
        $"st.shared.v4.f32 [place+{LeftBytes}], {Registers("fetched", 2 * Vector, Vector)};",
    ];

    /// <summary>%0: place of the thread's first row in the left matrix; %1: of its first column in the right; both from the buffers' start, in bytes.</summary>
    private static IEnumerable<string> Multiply()
    {
        yield return ".reg .b32 rows, columns;";
        yield return "add.u32 rows, buffer, %0;";
        yield return "add.u32 columns, buffer, %1;";
        for (var k = 0; k < Depth; k++)
        {
            for (var half = 0; half < 2; half++)
            {
                var row = ((k * Positions) + (half * Positions / 2)) * FloatBytes;
                var column = LeftBytes + (((k * Outputs) + (half * Outputs / 2)) * FloatBytes);
                yield return $"ld.shared.v4.f32 {Registers("left", half * Vector, Vector)}, [rows+{row}];";
                yield return $"ld.shared.v4.f32 {Registers("right", half * Vector, Vector)}, [columns+{column}];";
            }

            for (var i = 0; i < Side * Side; i++)
            {
                yield return $"fma.rn.f32 sum{i}, left{i / Side}, right{i % Side}, sum{i};";
            }
        }
    }

    /// <summary>
    /// %0: address of the first output; %1: of its bias, or 0; %2: bytes from one row to the next; %3: rows from the first to the last;
    /// %4: channels from the first column to the last; %5: below what outputs are raised to it. Pooled, the largest of four adjacent
    /// positions is a row.
    /// </summary>
    private static IEnumerable<string> Finish(bool pooled)
    {
        var members = pooled ? Vector : 1;
        var (rows, rowsPerHalf) = (Side / members, Positions / 2 / members);
        yield return ".reg .pred low, biased, columns, inside;";
        yield return ".reg .f32 value<4>, bias<4>;";
        yield return ".reg .b64 place, gap;";
        yield return $"mul.lo.s64 gap, %2, {rowsPerHalf - (rows / 2) + 1};";
        for (var half = 0; half < 2; half++)
        {
            yield return $"setp.gt.s32 columns, %4, {half * Outputs / 2};";
            yield return "setp.ne.s64 biased, %1, 0; and.pred biased, biased, columns;";
            yield return string.Join(" ", Enumerable.Range(0, Vector).Select(j => $"mov.f32 bias{j}, {Zero};"));
            yield return $"@biased ld.global.nc.v4.f32 {Registers("bias", 0, Vector)}, [%1+{half * Outputs / 2 * FloatBytes}];";
            yield return "mov.b64 place, %0;";
            for (var row = 0; row < rows; row++)
            {
                if (row > 0)
                {
                    yield return row == rows / 2 ? "add.s64 place, place, gap;" : "add.s64 place, place, %2;";
                }

                for (var j = 0; j < Vector; j++)
                {
                    var sum = (row * members * Side) + (half * Vector) + j;
                    for (var member = 1; member < members; member++)
                    {
                        yield return $"max.f32 sum{sum}, sum{sum}, sum{sum + (member * Side)};";
                    }

                    yield return $"add.f32 value{j}, sum{sum}, bias{j};";
                    yield return $"setp.lt.f32 low, value{j}, %5; selp.f32 value{j}, %5, value{j}, low;";
                }

                yield return $"setp.gt.s32 inside, %3, {(row / (rows / 2) * rowsPerHalf) + (row % (rows / 2))}; and.pred inside, inside, columns;";
                yield return $"@inside st.global.v4.f32 [place+{half * Outputs / 2 * FloatBytes}], {Registers("value", 0, Vector)};";
            }
        }
    }
}
