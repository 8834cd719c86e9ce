using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace Gpu.Kernels.Generator.Cuda;

/// <summary>
/// Writes <c>WinogradTransform</c>, the assembly of <c>WinogradTransformKernels</c>: the transforms of F(4 x 4, 3 x 3) from
/// <see cref="WinogradMatrices"/>, each for four channels of one tile. Columns are transformed as they are loaded, and rows as they are stored.
/// </summary>
[Generator]
public sealed class WinogradTransformGenerator : IIncrementalGenerator
{
    private const int Tile = 4;
    private const int FilterSize = 3;
    private const int Pool = 2;
    private const int Vector = 4;

    private static readonly WinogradMatrices Matrices = WinogradMatrices.All.Single(m => m.Tile == Tile);

    private static int Patch => Matrices.Patch;

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context) =>
        context.RegisterPostInitializationOutput(output => output.AddSource("WinogradTransform.g.cs", Source()));

    private static string Source()
    {
        var code = new AssemblyClass("WinogradTransform");
        code.AddConstant(nameof(Tile), Tile);
        code.AddConstant("Elements", Patch * Patch);
        code.AddConstant(nameof(FilterSize), FilterSize);
        code.AddConstant(nameof(Vector), Vector);
        code.Add("Input", Input());
        code.Add("Filter", Filter());
        code.Add("Output", Output(1));
        code.Add("PooledOutput", Output(Pool));
        return code.ToString();
    }

    /// <summary>
    /// B^T d B. %0: address of the patch's first pixel, which may lie outside the picture; %1: bytes from a row of pixels to the next; %2: from a
    /// pixel; %3: the patch's first row; %4: rows of the picture; %5, %6: the same of columns; %7: address of the first element; %8: bytes to the next.
    /// </summary>
    private static IEnumerable<string> Input()
    {
        var code = new RegisterCode();
        var writer = new LinearTransformWriter(code);
        code.Write($".reg .pred row<{Patch}>, column<{Patch}>, inside;");
        code.Write(".reg .b32 place;");
        code.Write(".reg .b64 first, from, to;");
        for (var i = 0; i < Patch; i++)
        {
            // A negative number is a large one without its sign.
            code.Write($"add.s32 place, %3, {i}; setp.lt.u32 row{i}, place, %4;");
            code.Write($"add.s32 place, %5, {i}; setp.lt.u32 column{i}, place, %6;");
        }

        code.Write("mov.b64 first, %0;");
        var columns = Enumerable.Range(0, Patch).Select(x =>
        {
            code.Write("mov.b64 from, first;");
            code.Write("add.s64 first, first, %2;");
            return writer.AppendRows(Matrices.Input, [.. Enumerable.Range(0, Patch).Select(y =>
            {
                code.Write($"and.pred inside, row{y}, column{x};");
                var pixels = code.LoadOrZero("from", "inside");
                code.Write("add.s64 from, from, %1;");
                return pixels;
            })]);
        }).ToArray();

        code.Write("mov.b64 to, %7;");
        for (var y = 0; y < Patch; y++)
        {
            code.StoreEach(writer.AppendRows(Matrices.Input, Row(columns, y)), "to", "%8");
        }

        return code.Lines;
    }

    /// <summary>G g G^T. %0: address of the first tap's weights; %1: bytes to the next tap's; %2: address of the first element; %3: bytes to the next.</summary>
    private static IEnumerable<string> Filter()
    {
        var code = new RegisterCode();
        var writer = new LinearTransformWriter(code);
        code.Write(".reg .b64 from, to, row;");
        code.Write($"mul.lo.s64 row, %1, {FilterSize};");
        var columns = Enumerable.Range(0, FilterSize).Select(x =>
        {
            code.Write($"mul.lo.s64 from, %1, {x}; add.s64 from, from, %0;");
            return writer.AppendRows(Matrices.Filter, code.LoadEach(FilterSize, "from", "row"));
        }).ToArray();

        code.Write("mov.b64 to, %2;");
        for (var y = 0; y < Patch; y++)
        {
            code.StoreEach(writer.AppendRows(Matrices.Filter, Row(columns, y)), "to", "%3");
        }

        return code.Lines;
    }

    /// <summary>
    /// A^T M A, the largest of each window, bias and ReLU. %0: address of the first element; %1: bytes to the next; %2: address of the biases; %3: of
    /// the first output; %4: bytes from a row of outputs to the next; %5: from a column; %6: rows to the picture's last; %7: columns; %8: below what
    /// outputs are raised to it.
    /// </summary>
    private static IEnumerable<string> Output(int pool)
    {
        var code = new RegisterCode();
        var writer = new LinearTransformWriter(code);
        code.Write(".reg .pred low, row, inside;");
        code.Write(".reg .b64 from, first, to, step;");
        code.Write($"mul.lo.s64 step, %1, {Patch};");
        var columns = Enumerable.Range(0, Patch).Select(x =>
        {
            code.Write($"mul.lo.s64 from, %1, {x}; add.s64 from, from, %0;");
            return writer.AppendColumns(Matrices.Output, code.LoadEach(Patch, "from", "step"));
        }).ToArray();

        var bias = code.Load("%2");
        code.Write("mov.b64 first, %3;");
        for (var y = 0; y < Tile; y += pool)
        {
            var rows = Enumerable.Range(y, pool).Select(i => writer.AppendColumns(Matrices.Output, Row(columns, i))).ToArray();
            code.Write($"setp.gt.s32 row, %6, {y / pool};");
            code.Write("mov.b64 to, first;");
            for (var x = 0; x < Tile; x += pool)
            {
                var largest = rows.SelectMany(row => row.Skip(x).Take(pool)).Aggregate(code.Max);
                code.Write($"setp.gt.s32 inside, %7, {x / pool}; and.pred inside, inside, row;");
                code.Store("to", code.AtLeast(code.Add(largest, bias), "%8", "low"), "inside");
                code.Write("add.s64 to, to, %5;");
            }

            code.Write("add.s64 first, first, %4;");
        }

        return code.Lines;
    }

    private static string[] Row(string[][] columns, int row) => [.. columns.Select(c => c[row])];
}
