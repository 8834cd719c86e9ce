namespace Gpu.Engine.Networks;

/// <summary>Where the cells of a network's dense map lie on the picture, in pixels.</summary>
/// <param name="Stride">Pixels per cell: the product of the pools' strides.</param>
/// <param name="Offset">First pixel that cell 0 labels.</param>
/// <param name="MinimumSide">Shortest side of a picture that has a map.</param>
/// <param name="Context">Pixels beyond a cell's own, on each side, that have a part in its label.</param>
internal readonly record struct DenseGeometry(int Stride, int Offset, int MinimumSide, int Context)
{
    /// <summary>Cells along a side of a picture.</summary>
    public int Cells(int side) => ((side - MinimumSide) / Stride) + 1;
}
