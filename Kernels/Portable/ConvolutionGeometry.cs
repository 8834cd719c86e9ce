using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Portable;

/// <summary>A convolution's numbers as a kernel takes them; <see cref="ConvolutionSpecification"/> says what it computes.</summary>
/// <param name="Height">Rows of an input image.</param>
/// <param name="Width">Columns of an input image.</param>
/// <param name="InputChannels">Channels of the input.</param>
/// <param name="KernelHeight">Rows of the filter.</param>
/// <param name="KernelWidth">Columns of the filter.</param>
/// <param name="OutputHeight">Rows of an output image.</param>
/// <param name="OutputWidth">Columns of an output image.</param>
/// <param name="OutputChannels">Channels of the output.</param>
/// <param name="PadTop">Zero rows above the input.</param>
/// <param name="PadLeft">Zero columns left of the input.</param>
/// <param name="Relu">1 if negative outputs become zero, else 0: kernels take no booleans.</param>
public readonly record struct ConvolutionGeometry(
    int Height,
    int Width,
    int InputChannels,
    int KernelHeight,
    int KernelWidth,
    int OutputHeight,
    int OutputWidth,
    int OutputChannels,
    int PadTop,
    int PadLeft,
    int Relu)
{
    /// <summary>The numbers of a specification, except the batch, which is the launch's affair.</summary>
    public static ConvolutionGeometry Of(ConvolutionSpecification specification)
    {
        ArgumentNullException.ThrowIfNull(specification);
        var (input, filter, output) = (specification.Input, specification.Filter, specification.Output);
        return new ConvolutionGeometry(
            input.Height, input.Width, input.Channels, filter.KernelHeight, filter.KernelWidth,
            output.Height, output.Width, output.Channels, specification.PadTop, specification.PadLeft, specification.Relu ? 1 : 0);
    }

    /// <summary>Bias and, if asked for, ReLU on a finished sum; what is not a number stays so.</summary>
    public float Finish(float sum, float bias) => Relu != 0 && sum + bias < 0f ? 0f : sum + bias;

    /// <summary>The same for four channels.</summary>
    internal Float4 Finish(Float4 sums, Float4 biases) =>
        new(Finish(sums.X, biases.X), Finish(sums.Y, biases.Y), Finish(sums.Z, biases.Z), Finish(sums.W, biases.W));
}
