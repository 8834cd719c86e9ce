using Gpu.Engine.Results;

namespace Gpu.Cli.Rendering;

/// <summary>A grid of cells, each with the number of its class; the numbers run from 0 over the classes that are present.</summary>
/// <param name="Rows">Rows of cells.</param>
/// <param name="Columns">Columns of cells.</param>
/// <param name="Ids"><c>Rows * Columns</c> numbers, row by row, each an index of <paramref name="Names"/> or <see cref="Unpainted"/>.</param>
/// <param name="Names">The name of each class that is present.</param>
internal sealed record CellMap(int Rows, int Columns, int[] Ids, IReadOnlyList<string> Names)
{
    /// <summary>Stands for the class of a cell that is not shown.</summary>
    public const int Unpainted = -1;

    /// <summary>The cells of a class map.</summary>
    public static CellMap Of(ClassMap map) => new(map.Rows, map.Columns, [.. map.Ids], [.. map.Classes.Select(c => c.Label.Name)]);

    /// <summary>The map of every <paramref name="step"/>-th cell of every <paramref name="step"/>-th row.</summary>
    public CellMap Thinned(int step)
    {
        var (rows, columns) = ((Rows + step - 1) / step, (Columns + step - 1) / step);
        var ids = new int[rows * columns];
        for (var cell = 0; cell < ids.Length; cell++)
        {
            ids[cell] = Ids[(cell / columns * step * Columns) + (cell % columns * step)];
        }

        return new CellMap(rows, columns, ids, Names);
    }
}
