using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using static Gpu.Kernels.Generator.Cuda.AssemblyClass;

namespace Gpu.Kernels.Generator.Cuda;

/// <summary>
/// Writes the assembly of <c>FirstLayerTensorCoreKernels</c>: a warp's product of 2 rows x 16 columns of positions with the weights of 64
/// outputs, which stay in registers; and the ends that store it. The 9 values of a row of taps, 3 pixels of 3 channels, are adjacent:
/// with one more they are 5 pairs, and the three rows 15 of the 16 pairs of a depth of 32.
/// How fragments lie in a warp's registers: PTX ISA, section 9.7.14.5.8.
/// </summary>
[Generator]
public sealed class FirstLayerTensorCoreTileGenerator : IIncrementalGenerator
{
    /// <summary>Positions of a group: a warp has two rows.</summary>
    private const int Rows = 8, Columns = 32;

    private const int Outputs = 64;
    private const int Side = 3, Channels = 3;
    private const int HalfBytes = 2, FloatBytes = 4;

    /// <summary>Columns of positions of a product: 8 even and 8 odd ones, which are its rows.</summary>
    private const int BlockColumns = 16;

    /// <summary>Rows of positions of a warp.</summary>
    private const int ThreadRows = 2;

    /// <summary>Products side by side, of 8 outputs each, and sums of one in a thread's registers.</summary>
    private const int Wide = Outputs / 8, Sums = 4;

    /// <summary>Products one after the other over the depth, and pairs of factors of a thread in each.</summary>
    private const int Steps = 2, Pairs = 2;

    private const int InputRows = Rows + Side - 1;

    /// <summary>Values of a row with its border, and one more, which meets a weight of 0.</summary>
    private const int InputFloats = ((Columns + Side - 1) * Channels) + 1;

    private const int InputRowBytes = (InputFloats + 1) * HalfBytes;

    /// <summary>The pixels once as they are and once a value further, so that pairs from an odd value on are aligned.</summary>
    private const int CopyBytes = InputRows * InputRowBytes, BufferBytes = 2 * CopyBytes;

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context) =>
        context.RegisterPostInitializationOutput(output =>
        {
            output.AddSource("FirstLayerTensorCoreTile.g.cs", Source());
            foreach (var format in TensorCoreFormat.All.Where(f => f.FactorBytes == HalfBytes))
            {
                output.AddSource($"FirstLayer{format.Name}Factors.g.cs", Factors(format));
            }

            foreach (var format in OutputFormat.All.Where(f => f.Name is "Float32" or "Float16" or "BFloat16"))
            {
                var (name, runs) = ($"FirstLayerTensorCore{format.Name}End", Wide * 2 / format.Run);
                var end = new FirstLayerEnd(format, columns: 2, [.. Enumerable.Range(0, runs).Select(r => OutputOf(r * format.Run / 2))], (y, x, o) => "sum" + SumOf(y, x, o), "bias");
                output.AddSource($"{name}.g.cs", end.Class(name).ToString());
            }
        });

    private static string Source()
    {
        var code = new AssemblyClass("FirstLayerTensorCoreTile");
        code.AddConstant(nameof(Rows), Rows);
        code.AddConstant(nameof(Columns), Columns);
        code.AddConstant(nameof(BlockColumns), BlockColumns);
        code.AddConstant(nameof(ThreadRows), ThreadRows);
        code.AddConstant(nameof(Outputs), Outputs);
        code.AddConstant(nameof(InputFloats), InputFloats);
        code.AddConstant(nameof(InputRowBytes), InputRowBytes);
        code.AddConstant(nameof(BufferBytes), BufferBytes);
        code.AddOpen("Declare", Declare());
        code.Add("LoadBias", LoadBias());
        code.Add("Fetch", FirstLayerTileGenerator.Fetch(InputRows));
        return code.ToString();
    }

    private static string Factors(TensorCoreFormat format)
    {
        var code = new AssemblyClass($"FirstLayer{format.Name}Factors", "IFirstLayerFactors");
        for (var pair = 0; pair < Steps * Pairs; pair++)
        {
            code.Add($"LoadWeights{pair}Text", LoadWeights(format, pair));
            code.AddMethod($"LoadWeights{pair}", "FirstLayerWeights weights", "weights.First", "weights.Pitch", "weights.Rows", "weights.Channels");
        }

        code.Add("StageText", Stage(format));
        code.Add("MultiplyText", Multiply(format));
        code.AddMethod("Stage", "int place", "place");
        code.AddMethod("Multiply", "int pair0, int pair1, int pair2, int pair3", "pair0", "pair1", "pair2", "pair3");
        return code.ToString();
    }

    private static IEnumerable<string> Declare() =>
    [
        $".shared .align 16 .b8 buffers[{2 * BufferBytes}];",
        ".reg .b32 buffer;",
        $".reg .f32 sum<{ThreadRows * Wide * Sums}>, bias<{2 * Wide}>, fetched<{InputRows}>;",
        $".reg .b32 pixels<{Steps * 4}>, weights<{Steps * Pairs * Wide}>;",
        "mov.u32 buffer, buffers;",
    ];

    /// <summary>%0: address of the bias of the thread's first output; %1: outputs from the first to the last.</summary>
    private static IEnumerable<string> LoadBias()
    {
        yield return ".reg .pred inside;";
        for (var j = 0; j < Wide; j++)
        {
            yield return $"setp.gt.s32 inside, %1, {OutputOf(j)}; mov.f32 bias{2 * j}, 0f00000000; mov.f32 bias{(2 * j) + 1}, 0f00000000;";
            yield return $"@inside ld.global.nc.v2.f32 {Registers("bias", 2 * j, 2)}, [%0+{OutputOf(j) * FloatBytes}];";
        }
    }

    /// <summary>%0: address of the first factor's weight of the first output; %1: bytes to the second factor's; %2: how many of both are there; %3: outputs from the first to the last.</summary>
    private static IEnumerable<string> LoadWeights(TensorCoreFormat format, int pair)
    {
        yield return ".reg .pred inside, first, second; .reg .b64 place; .reg .f32 value<2>;";
        yield return "setp.gt.s32 first, %2, 0; setp.gt.s32 second, %2, 1; add.s64 place, %0, %1;";
        for (var j = 0; j < Wide; j++)
        {
            yield return $"mov.f32 value0, 0f00000000; mov.f32 value1, 0f00000000; setp.gt.s32 inside, %3, {OutputOf(j)}; and.pred inside, inside, first;";
            yield return $"@inside ld.global.nc.f32 value0, [%0+{OutputOf(j) * FloatBytes}];";
            yield return "and.pred inside, inside, second;";
            yield return $"@inside ld.global.nc.f32 value1, [place+{OutputOf(j) * FloatBytes}];";
            yield return $"{format.Round} weights{(pair * Wide) + j}, value1, value0;";
        }
    }

    /// <summary>%0: place of the first row's value, from the buffers' start.</summary>
    private static IEnumerable<string> Stage(TensorCoreFormat format)
    {
        yield return ".reg .b32 place, pair; .reg .b16 half;";
        yield return "add.u32 place, buffer, %0;";
        for (var r = 0; r < InputRows; r++)
        {
            yield return $"{format.Round} pair, fetched{r}, fetched{r}; cvt.u16.u32 half, pair;";
            yield return $"st.shared.b16 [place+{r * InputRowBytes}], half;";
            yield return $"st.shared.b16 [place+{CopyBytes + (r * InputRowBytes) + HalfBytes}], half;";
        }
    }

    /// <summary>%0 to %3: places of the thread's pairs of an even position of the first row, from the buffers' start.</summary>
    private static IEnumerable<string> Multiply(TensorCoreFormat format)
    {
        yield return $".reg .b32 place<{Steps * Pairs}>; .reg .f32 zero; mov.f32 zero, 0f00000000;";
        for (var pair = 0; pair < Steps * Pairs; pair++)
        {
            yield return $"add.u32 place{pair}, buffer, %{pair};";
        }

        for (var y = 0; y < ThreadRows; y++)
        {
            for (var pair = 0; pair < Steps * Pairs; pair++)
            {
                // The odd position begins 3 values further, which is 4 in the copy.
                yield return $"ld.shared.b32 pixels{2 * pair}, [place{pair}+{y * InputRowBytes}];";
                yield return $"ld.shared.b32 pixels{(2 * pair) + 1}, [place{pair}+{CopyBytes + (y * InputRowBytes) + ((Channels + 1) * HalfBytes)}];";
            }

            for (var step = 0; step < Steps; step++)
            {
                for (var j = 0; j < Wide; j++)
                {
                    var sums = Registers("sum", ((y * Wide) + j) * Sums, Sums);
                    var addends = step > 0 ? sums : "{zero, zero, zero, zero}";
                    var (first, second) = ((step * Pairs * Wide) + j, (((step * Pairs) + 1) * Wide) + j);
                    yield return $"{format.Product} {sums}, {Registers("pixels", step * 4, 4)}, {{weights{first}, weights{second}}}, {addends};";
                }
            }
        }
    }

    /// <summary>The first of the thread's two outputs in product j, from its first: 8 adjacent ones come from four products.</summary>
    private static int OutputOf(int j) => (j / 4 * (Outputs / 2)) + (j % 4 * 2);

    /// <summary>The register of a row, of the even or odd column of a thread, and of its 16 outputs the one at <paramref name="output"/>.</summary>
    private static int SumOf(int row, int column, int output) => (((row * Wide) + (output / 2)) * Sums) + (column * 2) + (output % 2);
}
