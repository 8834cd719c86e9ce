namespace Gpu.Engine.Results;

/// <summary>Finds the regions of a grid: positions of one value that touch at their sides.</summary>
public static class ConnectedRegions
{
    /// <summary>Yields every region as the list of its positions, by their first position in reading order.</summary>
    /// <param name="values">Values, row by row.</param>
    /// <param name="columns">Positions of a row.</param>
    /// <exception cref="ArgumentException">The values do not fill whole rows.</exception>
    public static IEnumerable<IReadOnlyList<int>> Find(IReadOnlyList<int> values, int columns)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        return values.Count % columns == 0
            ? FindAll(values, columns)
            : throw new ArgumentException($"{values.Count} values do not fill rows of {columns}.", nameof(values));
    }

    private static IEnumerable<IReadOnlyList<int>> FindAll(IReadOnlyList<int> values, int columns)
    {
        var seen = new bool[values.Count];
        for (var start = 0; start < seen.Length; start++)
        {
            if (!seen[start])
            {
                yield return Collect(values, columns, start, seen);
            }
        }
    }

    private static List<int> Collect(IReadOnlyList<int> values, int columns, int start, bool[] seen)
    {
        List<int> region = [start];
        seen[start] = true;
        for (var next = 0; next < region.Count; next++)
        {
            var position = region[next];
            var column = position % columns;
            Visit(position - columns, position >= columns);
            Visit(position + columns, position + columns < seen.Length);
            Visit(position - 1, column > 0);
            Visit(position + 1, column < columns - 1);
        }

        return region;

        void Visit(int position, bool inside)
        {
            if (inside && !seen[position] && values[position] == values[start])
            {
                seen[position] = true;
                region.Add(position);
            }
        }
    }
}
