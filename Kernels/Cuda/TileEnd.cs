using ILGPU;

namespace Gpu.Kernels.Cuda;

/// <summary>
/// Where and how a thread stores its sums: as outputs, with bias, ReLU and pool, or, where the depth is split, as they are for
/// <see cref="SliceReduction"/>.
/// </summary>
/// <param name="Pooled">Whether the largest of each window is stored, and rows count windows.</param>
/// <param name="Output">Address of the thread's first value.</param>
/// <param name="Bias">Address of its bias, or 0 for none.</param>
/// <param name="Pitch">Bytes from a row to the next.</param>
/// <param name="Rows">Rows from the thread's first to the last.</param>
/// <param name="Columns">Channels from the thread's first to the last.</param>
/// <param name="Least">Below what outputs are raised to it.</param>
internal readonly record struct TileEnd(bool Pooled, long Output, long Bias, long Pitch, int Rows, int Columns, float Least)
{
    /// <summary>The end of a thread whose first row, the first of a window if there is a pool, and first channel are these.</summary>
    public static TileEnd Of(TileGeometry t, long bias, long output, int row, int channel)
    {
        var outputs = t.Convolution.OutputChannels;
        var isSlice = Grid.DimZ > 1;
        var isPooled = !isSlice && t.Pooled != 0;
        var place = isPooled ? t.PositionOf(row) : row + (Grid.IdxZ * t.Rows);
        return new TileEnd(
            isPooled,
            output + ((((long)place * outputs) + channel) * sizeof(float)),
            isSlice ? 0 : bias + ((long)channel * sizeof(float)),
            (long)outputs * sizeof(float),
            isPooled ? t.Positions - place : t.Rows - row,
            outputs - channel,
            t.Convolution.Relu != 0 && !isSlice ? 0f : float.NegativeInfinity);
    }
}
