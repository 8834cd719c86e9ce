using ILGPU;

namespace Gpu.Kernels.Cuda;

/// <summary>
/// Where and how a thread stores its sums: as outputs, with bias, ReLU and pool, perhaps rounded, or, where the depth is split, as they are for
/// <see cref="SliceReduction"/>.
/// </summary>
/// <param name="Pooled">Whether the largest of each window is stored, and rows count windows.</param>
/// <param name="Rounded">Whether outputs are stored as the kernel's factors.</param>
/// <param name="Output">Address of the thread's first value.</param>
/// <param name="Bias">Address of its bias, or 0 for none.</param>
/// <param name="Pitch">Bytes from a row to the next.</param>
/// <param name="Rows">Rows from the thread's first to the last.</param>
/// <param name="Columns">Channels from the thread's first to the last.</param>
/// <param name="Least">Below what outputs are raised to it.</param>
internal readonly record struct TileEnd(bool Pooled, bool Rounded, long Output, long Bias, long Pitch, int Rows, int Columns, float Least)
{
    /// <summary>The end of a thread whose first row, the first of a window if there is a pool, and first channel are these.</summary>
    /// <param name="t">The geometry.</param>
    /// <param name="bias">Address of the biases.</param>
    /// <param name="output">Address of the outputs.</param>
    /// <param name="row">The row.</param>
    /// <param name="channel">The channel.</param>
    /// <param name="factorBytes">Bytes of a factor.</param>
    /// <param name="parts">Factors that stand for a value: vectors of 16 bytes of the first and the second alternate.</param>
    public static TileEnd Of(TileGeometry t, long bias, long output, int row, int channel, int factorBytes = sizeof(float), int parts = 1)
    {
        var outputs = t.Convolution.OutputChannels;
        var isSlice = Grid.DimZ > 1;
        var isPooled = !isSlice && t.Pooled != 0;
        var place = isPooled ? t.PositionOf(row) : row + (Grid.IdxZ * t.Rows);
        var isRounded = !isSlice && t.Rounded != 0;
        var valueBytes = isRounded ? factorBytes * parts : sizeof(float);
        var channelBytes = isRounded && parts == 2 ? (channel / 4 * 8 + (channel % 4)) * sizeof(float) : channel * valueBytes;
        return new TileEnd(
            isPooled,
            isRounded,
            output + ((long)place * outputs * valueBytes) + channelBytes,
            isSlice ? 0 : bias + ((long)channel * sizeof(float)),
            (long)outputs * valueBytes,
            isPooled ? t.Positions - place : t.Rows - row,
            outputs - channel,
            t.Convolution.Relu != 0 && !isSlice ? 0f : float.NegativeInfinity);
    }
}
