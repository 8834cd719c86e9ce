namespace Gpu.Cli.Rendering;

/// <summary>The lines between the cells of a region and all others.</summary>
internal static class RegionOutline
{
    /// <summary>Right, straight on, left: what to add to a direction.</summary>
    private static readonly int[] Turns = [1, 0, 3];

    /// <summary>
    /// Traces them: follows the sides of cells with the region at the right hand, and turns right where two ways lead on, so that
    /// cells that touch at a corner only are told apart.
    /// </summary>
    /// <param name="cells">The region's cells, as positions in rows, connected at their sides.</param>
    /// <param name="columns">Cells of a row.</param>
    /// <returns>
    /// Closed polygons of corners, counted in cells: the outer outline clockwise, and one counterclockwise for each hole.
    /// Corners on a straight line are left out.
    /// </returns>
    public static IReadOnlyList<IReadOnlyList<(int Row, int Column)>> Trace(IReadOnlyList<int> cells, int columns)
    {
        var sides = Sides(cells, columns);
        var polygons = new List<IReadOnlyList<(int Row, int Column)>>();
        while (sides.Count > 0)
        {
            polygons.Add(Follow(sides.Min, sides));
        }

        return polygons;
    }

    /// <summary>The sides that the region shares with no cell of its own, by where they start; directions are right, down, left, up.</summary>
    private static SortedSet<(int Row, int Column, int Direction)> Sides(IReadOnlyList<int> cells, int columns)
    {
        var region = cells.Select(c => (Row: c / columns, Column: c % columns)).ToHashSet();
        var sides = new SortedSet<(int Row, int Column, int Direction)>();
        foreach (var (row, column) in region)
        {
            Add((row - 1, column), (row, column, 0));
            Add((row, column + 1), (row, column + 1, 1));
            Add((row + 1, column), (row + 1, column + 1, 2));
            Add((row, column - 1), (row + 1, column, 3));
        }

        return sides;

        void Add((int Row, int Column) neighbour, (int Row, int Column, int Direction) side)
        {
            if (!region.Contains(neighbour))
            {
                sides.Add(side);
            }
        }
    }

    /// <summary>Takes the sides of one polygon out of the set.</summary>
    private static List<(int Row, int Column)> Follow((int Row, int Column, int Direction) start, SortedSet<(int Row, int Column, int Direction)> sides)
    {
        var corners = new List<(int Row, int Column)> { (start.Row, start.Column) };
        var side = start;
        while (true)
        {
            sides.Remove(side);
            var (row, column) = End(side);
            var direction = Turns.Select(turn => (side.Direction + turn) % 4).FirstOrDefault(d => sides.Contains((row, column, d)), -1);
            if (direction < 0)
            {
                return corners;
            }

            if (direction != side.Direction)
            {
                corners.Add((row, column));
            }

            side = (row, column, direction);
        }
    }

    private static (int Row, int Column) End((int Row, int Column, int Direction) side) => side.Direction switch
    {
        0 => (side.Row, side.Column + 1),
        1 => (side.Row + 1, side.Column),
        2 => (side.Row, side.Column - 1),
        _ => (side.Row - 1, side.Column),
    };
}
