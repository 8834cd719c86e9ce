using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using static Gpu.Kernels.Generator.Cuda.AssemblyClass;

namespace Gpu.Kernels.Generator.Cuda;

/// <summary>
/// Writes <c>FirstLayerTile</c>, the assembly of <c>FirstLayerKernels</c>: two shared buffers of the pixels of 4 rows x 32 columns with their
/// border, the weights of 64 outputs, and a thread's sums of 2 rows x 4 columns x 8 outputs; and for each format an end that stores them.
/// </summary>
[Generator]
public sealed class FirstLayerTileGenerator : IIncrementalGenerator
{
    /// <summary>Positions of a group.</summary>
    private const int Rows = 4, Columns = 32;

    /// <summary>Positions and outputs of a thread.</summary>
    private const int ThreadRows = 2, ThreadColumns = 4, ThreadOutputs = 8;

    private const int Outputs = 64;
    private const int Side = 3, Channels = 3;
    private const int FloatBytes = 4, Vector = 4;

    /// <summary>Pixels of a row with its border, and as they lie in shared memory, in whole vectors.</summary>
    private const int InputRows = Rows + Side - 1, InputFloats = (Columns + Side - 1) * Channels;

    private const int InputRowBytes = (InputFloats + Vector - 1) / Vector * Vector * FloatBytes;
    private const int BufferBytes = InputRows * InputRowBytes;
    private const int WeightRowBytes = Outputs * FloatBytes;

    /// <summary>Pixels of a row that a thread multiplies, its border included.</summary>
    private const int ThreadFloats = (ThreadColumns + Side - 1) * Channels;

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context) =>
        context.RegisterPostInitializationOutput(output =>
        {
            output.AddSource("FirstLayerTile.g.cs", Source());
            foreach (var format in OutputFormat.All)
            {
                var (name, runs) = ($"FirstLayer{format.Name}End", ThreadOutputs / format.Run);
                var end = new FirstLayerEnd(format, ThreadColumns, [.. Enumerable.Range(0, runs).Select(r => r * Outputs / runs)], (y, x, o) => "sum" + SumOf(y, x, o));
                output.AddSource($"{name}.g.cs", end.Class(name).ToString());
            }
        });

    private static string Source()
    {
        var code = new AssemblyClass("FirstLayerTile");
        code.AddConstant(nameof(Rows), Rows);
        code.AddConstant(nameof(Columns), Columns);
        code.AddConstant(nameof(ThreadRows), ThreadRows);
        code.AddConstant(nameof(ThreadColumns), ThreadColumns);
        code.AddConstant(nameof(Outputs), Outputs);
        code.AddConstant(nameof(InputFloats), InputFloats);
        code.AddConstant(nameof(InputRowBytes), InputRowBytes);
        code.AddConstant(nameof(BufferBytes), BufferBytes);
        code.AddOpen("Declare", Declare());
        code.Add("StageWeights", StageWeights());
        code.Add("LoadBias", LoadBias());
        code.Add("Fetch", Fetch(InputRows));
        code.Add("Stage", Stage());
        code.Add("Multiply", Multiply());
        return code.ToString();
    }

    /// <summary>%0: address of the first row's pixel; %1: bytes to the next row's; %2: that row in the picture; %3: rows of the picture, 0 for no pixel.</summary>
    internal static IEnumerable<string> Fetch(int rows)
    {
        yield return ".reg .pred inside; .reg .b64 place; .reg .b32 row;";
        yield return "mov.b64 place, %0; mov.b32 row, %2;";
        for (var r = 0; r < rows; r++)
        {
            // A row above the picture is beyond its last one as a number without sign.
            yield return $"setp.lt.u32 inside, row, %3; mov.f32 fetched{r}, 0f00000000;";
            yield return $"@inside ld.global.nc.f32 fetched{r}, [place];";
            yield return "add.s64 place, place, %1; add.s32 row, row, 1;";
        }
    }

    private static IEnumerable<string> Declare() =>
    [
        $".shared .align 16 .b8 buffers[{(2 * BufferBytes) + (Side * Side * Channels * WeightRowBytes)}];",
        ".reg .b32 buffer;",
        $".reg .f32 sum<{ThreadRows * ThreadColumns * ThreadOutputs}>, pixels0x<{ThreadFloats}>, pixels1x<{ThreadFloats}>, weight<{ThreadOutputs}>;",
        $".reg .f32 bias<{ThreadOutputs}>, fetched<{InputRows}>;",
        "mov.u32 buffer, buffers;",
    ];

    /// <summary>%0: place among the weights; %1: address of 4 weights; %2: whether they are there.</summary>
    private static IEnumerable<string> StageWeights() =>
    [
        ".reg .pred inside; .reg .b32 place; .reg .f32 value<4>;",
        "setp.ne.u32 inside, %2, 0; mov.f32 value0, 0f00000000; mov.f32 value1, 0f00000000; mov.f32 value2, 0f00000000; mov.f32 value3, 0f00000000;",
        $"@inside ld.global.nc.v4.f32 {Registers("value", 0, Vector)}, [%1];",
        "add.u32 place, buffer, %0;",
        $"st.shared.v4.f32 [place+{2 * BufferBytes}], {Registers("value", 0, Vector)};",
    ];

    /// <summary>%0, %1: addresses of the biases of the thread's first and second 4 outputs; %2, %3: whether they are there.</summary>
    private static IEnumerable<string> LoadBias()
    {
        yield return ".reg .pred inside;";
        for (var half = 0; half < ThreadOutputs / Vector; half++)
        {
            yield return string.Join(" ", Enumerable.Range(half * Vector, Vector).Select(i => $"mov.f32 bias{i}, 0f00000000;"));
            yield return $"setp.ne.u32 inside, %{2 + half}, 0;";
            yield return $"@inside ld.global.nc.v4.f32 {Registers("bias", half * Vector, Vector)}, [%{half}];";
        }
    }

    /// <summary>%0: place of the first row's pixel, from the buffers' start.</summary>
    private static IEnumerable<string> Stage() =>
    [
        ".reg .b32 place;",
        "add.u32 place, buffer, %0;",
        .. Enumerable.Range(0, InputRows).Select(r => $"st.shared.f32 [place+{r * InputRowBytes}], fetched{r};"),
    ];

    /// <summary>%0: place of the thread's first pixel; %1: of its first output among the weights; both from the buffers' start, in bytes.</summary>
    private static IEnumerable<string> Multiply()
    {
        yield return ".reg .b32 pixels, weights;";
        yield return "add.u32 pixels, buffer, %0; add.u32 weights, buffer, %1;";
        foreach (var line in LoadPixels(0))
        {
            yield return line;
        }

        for (var i = 0; i < Side; i++)
        {
            foreach (var line in LoadPixels(i + 1))
            {
                yield return line;
            }

            for (var j = 0; j < Side * Channels; j++)
            {
                var term = (i * Side * Channels) + j;
                for (var half = 0; half < ThreadOutputs / Vector; half++)
                {
                    var place = (2 * BufferBytes) + (term * WeightRowBytes) + (half * WeightRowBytes / 2);
                    yield return $"ld.shared.v4.f32 {Registers("weight", half * Vector, Vector)}, [weights+{place}];";
                }

                for (var s = 0; s < ThreadRows * ThreadColumns * ThreadOutputs; s++)
                {
                    var (y, x, output) = (s / ThreadOutputs / ThreadColumns, s / ThreadOutputs % ThreadColumns, s % ThreadOutputs);
                    var addend = term == 0 ? $"bias{output}" : $"sum{s}";
                    yield return $"fma.rn.f32 sum{s}, pixels{(i + y) % 2}x{(x * Channels) + j}, weight{output}, {addend};";
                }
            }
        }
    }

    /// <summary>The thread's pixels of a row, in one of two sets of registers: a row of taps meets two rows of pixels.</summary>
    private static IEnumerable<string> LoadPixels(int row)
    {
        for (var i = 0; i < ThreadFloats; i += Vector)
        {
            var count = ThreadFloats - i < Vector ? ThreadFloats - i : Vector;
            yield return $"ld.shared.v{count}.f32 {Registers($"pixels{row % 2}x", i, count)}, [pixels+{(row * InputRowBytes) + (i * FloatBytes)}];";
        }
    }

    private static int SumOf(int row, int column, int output) => (((row * ThreadColumns) + column) * ThreadOutputs) + output;
}
