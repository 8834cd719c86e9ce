using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Cuda;

/// <summary>
/// What the kernels of <see cref="WarpgroupKernels"/> are told beside addresses. The images stand below each other, parted by rows of
/// zeros, as one high image, which tiles of 8 columns divide without regard to where an image ends.
/// </summary>
/// <param name="Images">Images.</param>
/// <param name="Height">Rows of an image.</param>
/// <param name="Width">Columns.</param>
/// <param name="InputChannels">Channels of the input.</param>
/// <param name="OutputChannels">Channels of the output.</param>
/// <param name="Pooled">Whether a max pool follows.</param>
/// <param name="Relu">Whether negative outputs become 0.</param>
/// <param name="Rounded">Whether outputs are stored in the factors' format, otherwise as float32.</param>
/// <param name="Blocks">Blocks of input channels that a group of threads does; others continue where it ends.</param>
/// <param name="RowPitch">Rows from an image's first to the next image's, even where there is a pool, so that no window crosses tiles.</param>
/// <param name="TileColumns">Tiles side by side.</param>
/// <param name="LeftBuffers">Buffers of input: 2 if there is a second block of channels.</param>
internal readonly record struct WarpgroupGeometry(
    int Images, int Height, int Width, int InputChannels, int OutputChannels, int Pooled, int Relu, int Rounded, int Blocks, int RowPitch, int TileColumns, int LeftBuffers)
{
    /// <summary>Rows and columns of the convolution's window.</summary>
    public const int Side = 3;

    /// <summary>Its taps.</summary>
    public const int Taps = Side * Side;

    /// <summary>Columns of a tile.</summary>
    public const int Columns = 8;

    /// <summary>Columns and rows of zeros before an image.</summary>
    public const int Border = 1;

    /// <summary>The geometry of a convolution.</summary>
    /// <param name="specification">The convolution.</param>
    /// <param name="blocks">Blocks of channels that a group does.</param>
    public static WarpgroupGeometry Of(ConvolutionSpecification specification, int blocks)
    {
        var (input, filter) = (specification.Input, specification.Filter);
        var rowPitch = specification.Pooled ? (input.Height + MaxPool.Size) / MaxPool.Size * MaxPool.Size : input.Height + Border;
        return new WarpgroupGeometry(
            input.Batch, input.Height, input.Width, filter.InputChannels, filter.OutputChannels,
            specification.Pooled ? 1 : 0, specification.Relu ? 1 : 0, specification.OutputPrecision == ProductPrecision.Float32 ? 0 : 1, blocks,
            rowPitch, (input.Width + Columns - 1) / Columns, blocks > 1 ? 2 : 1);
    }

    /// <summary>Rows of outputs, or where there is a pool windows.</summary>
    public int OutputHeight => Pooled != 0 ? Height / MaxPool.Size : Height;

    /// <summary>Columns of outputs, or where there is a pool windows.</summary>
    public int OutputWidth => Pooled != 0 ? Width / MaxPool.Size : Width;

    /// <summary>Tiles of so many rows.</summary>
    public int TilesOf(int rows) => TileColumns * (((Images * RowPitch) - (RowPitch - Height) + rows - 1) / rows);
}
