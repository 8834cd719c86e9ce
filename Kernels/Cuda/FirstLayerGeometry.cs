using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Kernels.Cuda;

/// <summary>
/// What the kernels of the first layer are told beside addresses. They walk over tiles of positions, of rows x columns of one image; where
/// a pool follows, the rows and columns that it drops are no positions.
/// </summary>
/// <param name="Convolution">The convolution, its output sizes after the pool.</param>
/// <param name="TileRows">Rows of a tile.</param>
/// <param name="TileColumns">Columns of a tile.</param>
/// <param name="Across">Tiles of an image side by side.</param>
/// <param name="Down">Tiles of an image above each other.</param>
/// <param name="Tiles">Tiles of all images.</param>
/// <param name="Pooled">Whether a pool follows.</param>
internal readonly record struct FirstLayerGeometry(
    ConvolutionGeometry Convolution, int TileRows, int TileColumns, int Across, int Down, int Tiles, int Pooled)
{
    /// <summary>Red, green and blue.</summary>
    public const int Channels = 3;

    /// <summary>Rows and columns of the convolution's kernel.</summary>
    public const int Side = 3;

    /// <summary>The numbers of a specification.</summary>
    public static FirstLayerGeometry Of(ConvolutionSpecification specification, FirstLayerTileShape tile)
    {
        var side = specification.Pooled ? MaxPool.Size : 1;
        var (batch, height, width, _) = specification.Output;
        var across = ((side * width) + tile.Columns - 1) / tile.Columns;
        var down = ((side * height) + tile.Rows - 1) / tile.Rows;
        return new FirstLayerGeometry(
            ConvolutionGeometry.Of(specification), tile.Rows, tile.Columns, across, down, checked(batch * down * across), specification.Pooled ? 1 : 0);
    }

    /// <summary>Where a tile begins.</summary>
    public FirstLayerPosition PositionOf(int tile)
    {
        var line = tile / Across;
        var image = line / Down;
        return new FirstLayerPosition(image, (line - (image * Down)) * TileRows, (tile - (line * Across)) * TileColumns);
    }
}

/// <summary>A position of the convolution.</summary>
/// <param name="Image">Image of the batch.</param>
/// <param name="Y">Row.</param>
/// <param name="X">Column.</param>
internal readonly record struct FirstLayerPosition(int Image, int Y, int X)
{
    /// <summary>The position so many rows and columns further.</summary>
    public FirstLayerPosition Moved(int rows, int columns) => new(Image, Y + rows, X + columns);
}

/// <summary>What a group of threads computes at a time.</summary>
/// <param name="Threads">Threads.</param>
/// <param name="Groups">Groups that share a multiprocessor.</param>
/// <param name="Rows">Rows of positions.</param>
/// <param name="Columns">Columns of positions.</param>
/// <param name="Outputs">Output channels.</param>
internal readonly record struct FirstLayerTileShape(int Threads, int Groups, int Rows, int Columns, int Outputs)
{
    /// <summary>As many groups as run at once, or fewer where there are fewer tiles, for each block of outputs.</summary>
    /// <param name="t">The convolution.</param>
    /// <param name="multiprocessors">Those of the device.</param>
    public KernelConfig GridFor(FirstLayerGeometry t, int multiprocessors) => new(
        new Index3D(Math.Min(t.Tiles, Groups * multiprocessors), (t.Convolution.OutputChannels + Outputs - 1) / Outputs, 1), new Index3D(Threads, 1, 1));
}

/// <summary>Where and how a thread stores the sums of adjacent positions in two rows, or their pooling windows.</summary>
/// <param name="Output">Address of the first output.</param>
/// <param name="Pitch">Bytes from a position to the next of its row.</param>
/// <param name="RowPitch">Bytes to the next of its column.</param>
/// <param name="Columns">Positions from the first to the last of its row.</param>
/// <param name="Rows">Positions from the first to the last of its column.</param>
/// <param name="Channels">Outputs from the thread's first to the last.</param>
/// <param name="Least">Below what outputs are raised to it.</param>
internal readonly record struct FirstLayerPlace(long Output, long Pitch, long RowPitch, int Columns, int Rows, int Channels, float Least)
{
    /// <summary>The place of a thread whose first position, the first of a window if there is a pool, and first output are these.</summary>
    public static FirstLayerPlace Of(FirstLayerGeometry t, long output, int valueBytes, FirstLayerPosition position, int channel)
    {
        var g = t.Convolution;
        var side = t.Pooled == 0 ? 1 : MaxPool.Size;
        var (row, column) = (position.Y / side, position.X / side);
        var channels = g.OutputChannels - channel;
        var pitch = (long)g.OutputChannels * valueBytes;
        return new FirstLayerPlace(
            output + (((((long)position.Image * g.OutputHeight) + row) * g.OutputWidth) + column) * pitch + ((long)channel * valueBytes),
            pitch,
            pitch * g.OutputWidth,
            channels > 0 ? g.OutputWidth - column : 0,
            g.OutputHeight - row,
            channels,
            g.Relu != 0 ? 0f : float.NegativeInfinity);
    }
}

/// <summary>The pixels of a tile that a thread brings to shared memory: one value of each row, border included.</summary>
/// <param name="First">Address of the first row's.</param>
/// <param name="Pitch">Bytes to the next row's.</param>
/// <param name="Row">The first row in the picture; may be above it.</param>
/// <param name="Rows">Rows of the picture, 0 where the thread's column is beside it.</param>
internal readonly record struct FirstLayerPixels(long First, long Pitch, int Row, int Rows)
{
    /// <summary>Those of a tile.</summary>
    /// <param name="t">The convolution.</param>
    /// <param name="input">Address of the input.</param>
    /// <param name="first">The tile's first position.</param>
    /// <param name="isPresent">Whether there is such a tile.</param>
    /// <param name="value">Which value of a row.</param>
    public static FirstLayerPixels Of(FirstLayerGeometry t, long input, FirstLayerPosition first, bool isPresent, int value)
    {
        var g = t.Convolution;
        var row = first.Y - g.PadTop;
        var column = ((first.X - g.PadLeft) * FirstLayerGeometry.Channels) + value;
        var rowValues = g.Width * FirstLayerGeometry.Channels;
        return new FirstLayerPixels(
            input + ((((((long)first.Image * g.Height) + row) * rowValues) + column) * sizeof(float)),
            (long)rowValues * sizeof(float),
            row,
            isPresent && column >= 0 && column < rowValues ? g.Height : 0);
    }
}
