using Gpu.Loader.Labels;

namespace Gpu.Engine.Results;

/// <summary>A class that occurs in a map.</summary>
/// <param name="Id">Number in this map: classes present are numbered from 0 in the order of their indices.</param>
/// <param name="Label">The class.</param>
/// <param name="Count">Cells, or pixels, of the class.</param>
/// <param name="Share">Its share of the map, 0..1.</param>
public sealed record MapClass(int Id, ClassLabel Label, int Count, double Share);

/// <summary>
/// A rectangle of classes, row by row, with a legend of those that occur. The network is a classifier slid over the picture, not
/// a trained segmentation: a label says what its surroundings look like.
/// </summary>
public sealed class ClassMap
{
    internal ClassMap(int rows, int columns, int[] indices, IReadOnlyList<ClassLabel> labels)
    {
        var counts = new int[labels.Count];
        foreach (var index in indices)
        {
            counts[index]++;
        }

        var ids = new int[labels.Count];
        var classes = new List<MapClass>();
        for (var index = 0; index < counts.Length; index++)
        {
            if (counts[index] > 0)
            {
                ids[index] = classes.Count;
                classes.Add(new MapClass(classes.Count, labels[index], counts[index], (double)counts[index] / indices.Length));
            }
        }

        Rows = rows;
        Columns = columns;
        Indices = indices;
        Classes = classes;
        Ids = Array.ConvertAll(indices, index => ids[index]);
    }

    /// <summary>Rows.</summary>
    public int Rows { get; }

    /// <summary>Columns.</summary>
    public int Columns { get; }

    /// <summary>The class index of every position, row by row.</summary>
    public IReadOnlyList<int> Indices { get; }

    /// <summary>The <see cref="MapClass.Id"/> of every position, row by row.</summary>
    public IReadOnlyList<int> Ids { get; }

    /// <summary>The classes that occur, by index; a class's place in the list is its id.</summary>
    public IReadOnlyList<MapClass> Classes { get; }
}

/// <summary>Dense labels of a picture.</summary>
/// <param name="ImageWidth">Columns of the picture.</param>
/// <param name="ImageHeight">Rows of the picture.</param>
/// <param name="Stride">Pixels per cell, in both directions.</param>
/// <param name="Offset">
/// First pixel that cell 0 labels, in both directions: cell (i, j) labels rows [Offset + Stride * i, Offset + Stride * (i + 1)).
/// 96 with VALID padding, whose map leaves a margin; 0 with SAME.
/// </param>
/// <param name="Cells">A class for every cell.</param>
/// <param name="Confidence">Softmax probability of every cell's class, row by row.</param>
/// <param name="Pixels">A class for every pixel of the picture where asked for, else null; beyond the outer cells' centres they are extended.</param>
public sealed record LabelMap(
    int ImageWidth, int ImageHeight, int Stride, int Offset, ClassMap Cells, IReadOnlyList<float> Confidence, ClassMap? Pixels)
{
    /// <summary>The connected regions of the map, by class and then in reading order.</summary>
    /// <param name="minimumConfidence">Cells whose confidence is lower belong to no region.</param>
    /// <param name="minimumShare">Regions with less of the picture's area, 0..1, are left out.</param>
    public IReadOnlyList<MapRegion> Regions(double minimumConfidence = 0, double minimumShare = 0) =>
        [.. ConnectedCells(minimumConfidence, minimumShare).Select(cells => Describe(cells, regions: 1)).OrderBy(r => r.Label.Index)];

    /// <summary>The classes that are present, each with all its regions as one, by class.</summary>
    /// <param name="minimumConfidence">Cells whose confidence is lower do not count.</param>
    /// <param name="minimumShare">Regions with less of the picture's area, 0..1, do not count.</param>
    public IReadOnlyList<MapRegion> Objects(double minimumConfidence = 0, double minimumShare = 0) =>
    [
        .. ConnectedCells(minimumConfidence, minimumShare)
            .GroupBy(cells => Cells.Ids[cells[0]])
            .OrderBy(regions => regions.Key)
            .Select(regions => Describe([.. regions.SelectMany(cells => cells).Order()], regions.Count())),
    ];

    private IEnumerable<IReadOnlyList<int>> ConnectedCells(double minimumConfidence, double minimumShare)
    {
        const int nothing = -1;
        var ids = Cells.Ids.Select((id, cell) => Confidence[cell] >= minimumConfidence ? id : nothing).ToList();
        return ConnectedRegions.Find(ids, Cells.Columns).Where(cells => ids[cells[0]] != nothing && ShareOf(cells.Count) >= minimumShare);
    }

    private double ShareOf(int cells) => (double)cells * Stride * Stride / ((double)ImageWidth * ImageHeight);

    private MapRegion Describe(IReadOnlyList<int> cells, int regions)
    {
        var (rows, columns) = (cells.Select(c => c / Cells.Columns).ToList(), cells.Select(c => c % Cells.Columns).ToList());
        var (top, left) = (rows.Min(), columns.Min());
        var box = new PixelBox(
            Offset + (left * Stride), Offset + (top * Stride), (columns.Max() - left + 1) * Stride, (rows.Max() - top + 1) * Stride);
        var (x, y) = (Offset + ((columns.Average() + 0.5) * Stride), Offset + ((rows.Average() + 0.5) * Stride));
        return new MapRegion(
            Cells.Classes[Cells.Ids[cells[0]]].Label,
            cells,
            regions,
            cells.Average(cell => (double)Confidence[cell]),
            ShareOf(cells.Count),
            box,
            x,
            y,
            PicturePosition.Of(x, y, ImageWidth, ImageHeight));
    }
}
