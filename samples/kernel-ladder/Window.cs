using Gpu.Kernels.Portable;
using ILGPU;

namespace KernelLadder;

/// <summary>Where the window of one output position lies in the input: a row of the implicit matrix whose columns are the filter's rows.</summary>
/// <param name="Image">Which image.</param>
/// <param name="Top">First row, negative in the padding.</param>
/// <param name="Left">First column, negative in the padding.</param>
internal readonly record struct Window(int Image, int Top, int Left)
{
    /// <summary>The window of a position, counted over all images.</summary>
    public static Window Of(int position, ConvolutionGeometry g) => new(
        position / g.OutputWidth / g.OutputHeight, position / g.OutputWidth % g.OutputHeight - g.PadTop, position % g.OutputWidth - g.PadLeft);

    /// <summary>The input value that a term multiplies, zero outside; terms are kernel row, kernel column and channel, channels fastest.</summary>
    public float Value(ArrayView<float> input, int term, ConvolutionGeometry g)
    {
        var pixel = Pixel(term, g);
        return pixel < 0 ? 0f : input[pixel * g.InputChannels + term % g.InputChannels];
    }

    /// <summary>The input pixel that a term reads, or -1 outside.</summary>
    public int Pixel(int term, ConvolutionGeometry g)
    {
        var tap = term / g.InputChannels;
        var row = Top + tap / g.KernelWidth;
        var column = Left + tap % g.KernelWidth;
        var isInside = tap < g.KernelHeight * g.KernelWidth && row >= 0 && row < g.Height && column >= 0 && column < g.Width;
        return isInside ? (Image * g.Height + row) * g.Width + column : -1;
    }
}
