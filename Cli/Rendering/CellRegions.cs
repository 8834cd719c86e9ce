namespace Gpu.Cli.Rendering;

/// <summary>Finds the regions of a map: cells of one class that touch at their sides.</summary>
internal static class CellRegions
{
    /// <summary>For each region the cell where its number stands best: of its cells the one nearest to their centre.</summary>
    public static List<(int Row, int Column, int Id)> Centres(CellMap map)
    {
        var centres = new List<(int Row, int Column, int Id)>();
        var seen = new bool[map.Ids.Length];
        var region = new List<int>();
        for (var start = 0; start < seen.Length; start++)
        {
            if (!seen[start])
            {
                Collect(map, start, seen, region);
                var row = region.Average(cell => cell / map.Columns);
                var column = region.Average(cell => cell % map.Columns);
                var centre = region.MinBy(cell => Math.Pow((cell / map.Columns) - row, 2) + Math.Pow((cell % map.Columns) - column, 2));
                centres.Add((centre / map.Columns, centre % map.Columns, map.Ids[start]));
            }
        }

        return centres;
    }

    private static void Collect(CellMap map, int start, bool[] seen, List<int> region)
    {
        region.Clear();
        region.Add(start);
        seen[start] = true;
        for (var next = 0; next < region.Count; next++)
        {
            var (row, column) = Math.DivRem(region[next], map.Columns);
            Visit(row - 1, column);
            Visit(row + 1, column);
            Visit(row, column - 1);
            Visit(row, column + 1);
        }

        void Visit(int row, int column)
        {
            if (row < 0 || row >= map.Rows || column < 0 || column >= map.Columns)
            {
                return;
            }

            var cell = (row * map.Columns) + column;
            if (!seen[cell] && map.Ids[cell] == map.Ids[start])
            {
                seen[cell] = true;
                region.Add(cell);
            }
        }
    }
}
