namespace Gpu.Cli.Rendering;

/// <summary>A grid of cells, each with the number of its class; the numbers run from 0 over the classes that are present.</summary>
/// <param name="Rows">Rows of cells.</param>
/// <param name="Columns">Columns of cells.</param>
/// <param name="Ids"><c>Rows * Columns</c> numbers, row by row, each an index of <paramref name="Names"/>.</param>
/// <param name="Names">The name of each class that is present.</param>
internal sealed record CellMap(int Rows, int Columns, int[] Ids, IReadOnlyList<string> Names)
{
    /// <summary>Numbers the classes that occur from 0, in the order of their indices (numpy's <c>unique</c> with its inverse).</summary>
    /// <param name="rows">Rows of cells.</param>
    /// <param name="columns">Columns of cells.</param>
    /// <param name="classes"><c>rows * columns</c> class indices, row by row.</param>
    /// <param name="nameOf">The name of a class index.</param>
    /// <exception cref="ArgumentException">There are no cells, or not as many as rows and columns call for.</exception>
    public static CellMap FromClasses(int rows, int columns, IReadOnlyCollection<int> classes, Func<int, string> nameOf)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (classes.Count != (long)rows * columns)
        {
            throw new ArgumentException($"A map of {rows}x{columns} cells does not have {classes.Count} classes.", nameof(classes));
        }

        var present = classes.Distinct().Order().ToArray();
        var ids = present.Index().ToDictionary(entry => entry.Item, entry => entry.Index);
        return new CellMap(rows, columns, [.. classes.Select(index => ids[index])], [.. present.Select(nameOf)]);
    }

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
