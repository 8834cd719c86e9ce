using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;

namespace Gpu.Kernels.Cuda;

/// <summary>
/// The 3x3 window of a row of the product: where it begins in the input, and which of its taps lie inside, so that the loop over
/// taps and channels adds offsets that all threads share and tests one bit.
/// </summary>
/// <param name="Origin">Index of channel 0 of the first tap, which may lie outside the input; without a meaning where no tap is inside.</param>
/// <param name="Taps">Bit 3 * i + j is set where row i and column j of the window lie inside.</param>
internal readonly record struct TapWindow(int Origin, int Taps)
{
    /// <summary>Rows and columns.</summary>
    public const int Side = 3;

    /// <summary>Whether the convolution's kernel has this size.</summary>
    public static bool Fits(ConvolutionSpecification specification) => (specification.Filter.KernelHeight, specification.Filter.KernelWidth) == (Side, Side);

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
        var taps = 0;
        for (var tap = 0; tap < Side * Side; tap++)
        {
            var (tapRow, tapColumn) = (y + (tap / Side), x + (tap % Side));
            var inside = position < t.Positions && tapRow >= 0 && tapRow < g.Height && tapColumn >= 0 && tapColumn < g.Width;
            taps |= inside ? 1 << tap : 0;
        }

        return new TapWindow(((((image * g.Height) + y) * g.Width) + x) * g.InputChannels, taps);
    }

    /// <summary>How far a tap lies from the window's origin, in elements.</summary>
    public static int OffsetOf(ConvolutionGeometry g, int tap) => (((tap / Side) * g.Width) + (tap % Side)) * g.InputChannels;
}
