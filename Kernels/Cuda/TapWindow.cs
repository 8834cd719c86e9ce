using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;

namespace Gpu.Kernels.Cuda;

/// <summary>
/// The window of a row of the product: where it begins in the input, so that the loop over taps and channels adds offsets that all
/// threads share, and in the picture, to tell once for each tap whether it lies inside.
/// </summary>
/// <param name="Origin">Index of channel 0 of the first tap, which may lie outside the input; without a meaning where no tap is inside.</param>
/// <param name="Row">Row of the first tap in its picture.</param>
/// <param name="Column">Column of the first tap.</param>
internal readonly record struct TapWindow(int Origin, int Row, int Column)
{
    /// <summary>A row that no tap brings into a picture.</summary>
    private const int NoRow = int.MinValue / 2;

    /// <summary>The window of a row of the product; one beyond the last has no tap inside.</summary>
    public static TapWindow Of(TileGeometry t, int row)
    {
        var g = t.Convolution;
        var (position, member) = (t.PositionOf(row), t.MemberOf(row));
        var line = position / g.OutputWidth;
        var image = line / g.OutputHeight;
        var scale = t.Pooled == 0 ? 1 : MaxPool.Size;
        var x = (scale * (position - (line * g.OutputWidth))) + (member % MaxPool.Size) - g.PadLeft;
        var y = (scale * (line - (image * g.OutputHeight))) + (member / MaxPool.Size) - g.PadTop;
        return new TapWindow(((((image * g.Height) + y) * g.Width) + x) * g.InputChannels, position < t.Positions ? y : NoRow, x);
    }

    /// <summary>1 where a tap lies inside the picture, 0 elsewhere. A negative number is a large one without its sign.</summary>
    public int Contains(ConvolutionGeometry g, DepthCursor tap) =>
        (uint)(Row + tap.Row) < (uint)g.Height && (uint)(Column + tap.Column) < (uint)g.Width ? 1 : 0;
}
