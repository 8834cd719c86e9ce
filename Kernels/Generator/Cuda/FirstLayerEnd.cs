using System;
using System.Collections.Generic;
using System.Linq;

namespace Gpu.Kernels.Generator.Cuda;

/// <summary>The end of a first layer's tile: where a pool follows the largest of each window, then bias, ReLU and the stores.</summary>
/// <param name="format">How outputs are stored.</param>
/// <param name="columns">Adjacent positions of a thread, in each of two rows.</param>
/// <param name="runs">The first output of each run of adjacent ones of a thread, from the first of all.</param>
/// <param name="sum">The register of the sum at a row, a column and an output of the thread's.</param>
/// <param name="bias">The registers of the biases, or null where the sums have them.</param>
internal sealed class FirstLayerEnd(OutputFormat format, int columns, int[] runs, Func<int, int, int, string> sum, string? bias = null)
{
    private const int Rows = 2;

    /// <summary>Side of a pooling window.</summary>
    private const int Window = 2;

    /// <summary>Adds the struct that implements <c>IFirstLayerEnd</c>.</summary>
    public AssemblyClass Class(string name)
    {
        var code = new AssemblyClass(name, "IFirstLayerEnd");
        code.AddProperty("ValueBytes", format.ValueBytes);
        code.AddProperty("Run", format.Run);
        code.Add("FinishText", Finish(pooled: false));
        code.Add("FinishPooledText", Finish(pooled: true));
        string[] operands = ["place.Output", "place.Pitch", "place.RowPitch", "place.Columns", "place.Rows", "place.Channels", "place.Least"];
        code.AddMethod("Finish", "FirstLayerPlace place", operands);
        code.AddMethod("FinishPooled", "FirstLayerPlace place", operands);
        return code;
    }

    /// <summary>
    /// %0: address of the first output; %1, %2: bytes from one position to the next of its row, and of its column; %3, %4: positions
    /// from the first to the last of these; %5: channels from the first to the last; %6: below what outputs are raised to it.
    /// </summary>
    private IEnumerable<string> Finish(bool pooled)
    {
        var side = pooled ? Window : 1;
        yield return ".reg .pred low, inside, row, stores; .reg .b64 line, place; " + OutputFormat.Scratch;
        yield return "mov.b64 line, %0;";
        for (var y = 0; y < Rows / side; y++)
        {
            yield return $"setp.gt.s32 row, %4, {y}; mov.b64 place, line; add.s64 line, line, %2;";
            for (var x = 0; x < columns / side; x++)
            {
                yield return $"setp.gt.s32 inside, %3, {x}; and.pred inside, inside, row;";
                for (var run = 0; run < runs.Length; run++)
                {
                    var outputs = Enumerable.Range(run * format.Run, format.Run).ToList();
                    var values = outputs.ConvertAll(o => sum(y * side, x * side, o));
                    foreach (var (value, o) in values.Zip(outputs, (value, o) => (value, o)))
                    {
                        for (var member = 1; member < side * side; member++)
                        {
                            yield return $"max.f32 {value}, {value}, {sum((y * side) + (member / side), (x * side) + (member % side), o)};";
                        }

                        if (bias is not null)
                        {
                            yield return $"add.f32 {value}, {value}, {bias}{o};";
                        }

                        yield return $"setp.lt.f32 low, {value}, %6; selp.f32 {value}, %6, {value}, low;";
                    }

                    yield return $"setp.gt.s32 stores, %5, {runs[run]}; and.pred stores, stores, inside;";
                    foreach (var line in format.Store(values, "place", runs[run] * format.ValueBytes, "stores"))
                    {
                        yield return line;
                    }
                }

                yield return "add.s64 place, place, %1;";
            }
        }
    }
}
