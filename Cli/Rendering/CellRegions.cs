using Gpu.Engine.Results;

namespace Gpu.Cli.Rendering;

/// <summary>Where the numbers of a map's regions stand.</summary>
internal static class CellRegions
{
    /// <summary>For each region the cell where its number stands best: of its cells the one nearest to their centre.</summary>
    public static IEnumerable<(int Row, int Column, int Id)> Centres(CellMap map)
    {
        foreach (var region in ConnectedRegions.Find(map.Ids, map.Columns).Where(r => map.Ids[r[0]] != CellMap.Unpainted))
        {
            var row = region.Average(cell => cell / map.Columns);
            var column = region.Average(cell => cell % map.Columns);
            var centre = region.MinBy(cell => Math.Pow((cell / map.Columns) - row, 2) + Math.Pow((cell % map.Columns) - column, 2));
            yield return (centre / map.Columns, centre % map.Columns, map.Ids[centre]);
        }
    }
}
