using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>The tiles of all images of a convolution, numbered by image, row and column; the last of a row or column may be ragged.</summary>
internal sealed class WinogradTiles
{
    private readonly int rows;
    private readonly int columns;
    private readonly int tile;
    private readonly int padTop;
    private readonly int padLeft;

    public WinogradTiles(ConvolutionSpecification specification, WinogradKernelTable transforms)
    {
        tile = transforms.Tile;
        padTop = specification.PadTop;
        padLeft = specification.PadLeft;
        OutputStep = specification.Pooled ? tile / MaxPool.Size : tile;
        rows = (specification.Output.Height + OutputStep - 1) / OutputStep;
        columns = (specification.Output.Width + OutputStep - 1) / OutputStep;
        Count = checked(specification.Output.Batch * rows * columns);
    }

    /// <summary>Tiles of all images.</summary>
    public int Count { get; }

    /// <summary>Outputs of a tile in each direction, after pooling.</summary>
    public int OutputStep { get; }

    /// <summary>The first input pixel of a tile, possibly in the halo.</summary>
    public (int Image, int Row, int Column) PatchOf(int index)
    {
        var (image, row, column) = Place(index);
        return (image, (row * tile) - padTop, (column * tile) - padLeft);
    }

    /// <summary>The first output pixel of a tile.</summary>
    public (int Image, int Row, int Column) OutputOf(int index)
    {
        var (image, row, column) = Place(index);
        return (image, row * OutputStep, column * OutputStep);
    }

    private (int Image, int Row, int Column) Place(int index)
    {
        var (line, column) = Math.DivRem(index, columns);
        var (image, row) = Math.DivRem(line, rows);
        return (image, row, column);
    }
}
