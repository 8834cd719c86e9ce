using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Kernels.Cuda;

/// <summary>
/// Tiles of a convolution by F(4x4, 3x3) that are transformed, multiplied and transformed back one slab after the other in the same memory.
/// Tiles are numbered by image, row and column; the last of a row or column may be ragged.
/// </summary>
/// <param name="Convolution">The convolution, its output sizes after the pool.</param>
/// <param name="TileRows">Tiles of a picture from top to bottom.</param>
/// <param name="TileColumns">Tiles from left to right.</param>
/// <param name="Pooled">Whether a pool follows.</param>
/// <param name="FirstTile">First tile of the slab.</param>
/// <param name="Tiles">How many it has.</param>
internal readonly record struct WinogradSlab(ConvolutionGeometry Convolution, int TileRows, int TileColumns, int Pooled, int FirstTile, int Tiles)
{
    /// <summary>Outputs of a tile in each direction, after the pool.</summary>
    public int OutputStep => Pooled == 0 ? WinogradTransform.Tile : WinogradTransform.Tile / MaxPool.Size;

    /// <summary>Values of all transformed inputs.</summary>
    public int InputElements => WinogradTransform.Elements * Tiles * Convolution.InputChannels;

    /// <summary>Values of all products.</summary>
    public int Products => WinogradTransform.Elements * Tiles * Convolution.OutputChannels;

    /// <summary>Groups that transform the input.</summary>
    public KernelConfig InputGrid => WinogradTransformKernels.GridFor((long)Tiles * Convolution.InputChannels);

    /// <summary>Groups that transform products back.</summary>
    public KernelConfig OutputGrid => WinogradTransformKernels.GridFor((long)Tiles * Convolution.OutputChannels);

    /// <summary>The products.</summary>
    public TiledLaunch Product => TiledLaunch.Batched(
        WinogradTransform.Elements, Tiles, Convolution.InputChannels, Convolution.OutputChannels, CudaCoreConvolution.Tile);

    /// <summary>Divides a convolution into slabs of nearly equal size, all but the last of whole tiles of the product.</summary>
    /// <param name="specification">The convolution.</param>
    /// <param name="scratchBytes">Bytes that transformed inputs and products of a slab may take, unless one tile of the product takes more.</param>
    public static IReadOnlyList<WinogradSlab> Divide(ConvolutionSpecification specification, long scratchBytes)
    {
        var whole = Whole(specification);
        var blockBytes = sizeof(float) * (long)WinogradTransform.Elements * CudaCoreConvolution.TilePositions
            * (specification.Filter.InputChannels + specification.Filter.OutputChannels);
        var blocks = (whole.Tiles + CudaCoreConvolution.TilePositions - 1) / CudaCoreConvolution.TilePositions;
        var most = (int)Math.Clamp(scratchBytes / blockBytes, 1, blocks);
        var slabs = (blocks + most - 1) / most;
        var tiles = (blocks + slabs - 1) / slabs * CudaCoreConvolution.TilePositions;
        return [.. Enumerable.Range(0, (whole.Tiles + tiles - 1) / tiles)
            .Select(i => whole with { FirstTile = i * tiles, Tiles = Math.Min(tiles, whole.Tiles - (i * tiles)) })];
    }

    /// <summary>Where a tile of the slab lies.</summary>
    public WinogradPlace PlaceOf(int tile)
    {
        var line = (FirstTile + tile) / TileColumns;
        var image = line / TileRows;
        return new WinogradPlace(image, line - (image * TileRows), FirstTile + tile - (line * TileColumns));
    }

    private static WinogradSlab Whole(ConvolutionSpecification specification)
    {
        var slab = new WinogradSlab(ConvolutionGeometry.Of(specification), 0, 0, specification.Pooled ? 1 : 0, 0, 0);
        var rows = (specification.Output.Height + slab.OutputStep - 1) / slab.OutputStep;
        var columns = (specification.Output.Width + slab.OutputStep - 1) / slab.OutputStep;
        return slab with { TileRows = rows, TileColumns = columns, Tiles = checked(specification.Output.Batch * rows * columns) };
    }
}

/// <summary>A tile's image, and its row and column among the tiles of that image.</summary>
internal readonly record struct WinogradPlace(int Image, int Row, int Column);
