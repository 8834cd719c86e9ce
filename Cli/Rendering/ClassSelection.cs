using Gpu.Engine.Results;
using Gpu.Loader.Labels;

namespace Gpu.Cli.Rendering;

/// <summary>The classes of a map that are shown.</summary>
/// <param name="Classes">Those of them that are present, by index; numbered from 0.</param>
/// <param name="Cells">The map, in these numbers; what is not shown is <see cref="CellMap.Unpainted"/>.</param>
internal sealed record ClassSelection(IReadOnlyList<MapClass> Classes, CellMap Cells)
{
    /// <summary>Selects classes.</summary>
    /// <param name="map">The map.</param>
    /// <param name="wanted">The classes to show, or null for all.</param>
    public static ClassSelection Of(ClassMap map, IReadOnlyList<ClassLabel>? wanted)
    {
        MapClass[] classes = [.. map.Classes.Where(c => wanted?.Contains(c.Label) ?? true).Select((c, id) => c with { Id = id })];
        var numbers = map.Classes.Select(c => Array.FindIndex(classes, s => s.Label == c.Label)).ToArray();
        return new ClassSelection(
            classes, new CellMap(map.Rows, map.Columns, [.. map.Ids.Select(id => numbers[id])], [.. classes.Select(c => c.Label.Name)]));
    }
}
