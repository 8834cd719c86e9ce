using Gpu.Kernels.Tensors;

namespace Gpu.Kernels.Operations;

/// <summary>How a convolution treats the border, in TensorFlow's words.</summary>
public enum Padding
{
    /// <summary>No padding: only positions whose window lies inside the input.</summary>
    Valid,

    /// <summary>Zero padding: as many positions as the input has (stride 1).</summary>
    Same,
}

/// <summary>The shape of a convolution's weights, HWIO as TF-Slim stores them: <c>[kernelHeight, kernelWidth, in, out]</c>.</summary>
public readonly record struct FilterShape(int KernelHeight, int KernelWidth, int InputChannels, int OutputChannels)
{
    /// <summary>Weights: the product of the four.</summary>
    public long Elements => checked((long)KernelHeight * KernelWidth * InputChannels * OutputChannels);

    /// <summary>Rows of the filter seen as the implicit GEMM's <c>[kernelHeight*kernelWidth*in, out]</c> matrix.</summary>
    public int Depth => checked(KernelHeight * KernelWidth * InputChannels);

    /// <summary>The shape as <c>HxWxIxO</c>.</summary>
    public override string ToString() => $"{KernelHeight}x{KernelWidth}x{InputChannels}x{OutputChannels}";
}

/// <summary>
/// A stride-1 convolution with bias, optionally followed by ReLU and by <see cref="MaxPool"/>:
/// <c>out[n,y,x,o] = relu(bias[o] + sum_{i,j,c} in[n, y+i-padTop, x+j-padLeft, c] * filter[i,j,c,o])</c>, zero outside the input.
/// A fully connected layer is one whose kernel covers its input, or is 1x1.
/// </summary>
/// <param name="Input">Input shape; <see cref="Shape.Channels"/> equals <see cref="FilterShape.InputChannels"/>.</param>
/// <param name="Filter">Filter shape.</param>
/// <param name="Padding">Border treatment.</param>
/// <param name="Relu">Whether negative outputs become zero.</param>
/// <param name="Pooled">Whether only the max pool of the outputs is wanted. Algorithms need not support it.</param>
public sealed record ConvolutionSpecification(Shape Input, FilterShape Filter, Padding Padding, bool Relu, bool Pooled = false)
{
    /// <summary>How the input is stored. Algorithms need not support others than float32.</summary>
    public ProductPrecision InputPrecision { get; init; }

    /// <summary>How the output is to be stored, rounded to nearest. Algorithms need not support others than float32.</summary>
    public ProductPrecision OutputPrecision { get; init; }

    /// <summary>Zero rows above the input; an even kernel pads one more below (TensorFlow's SAME).</summary>
    public int PadTop => Padding == Padding.Same ? (Filter.KernelHeight - 1) / 2 : 0;

    /// <summary>Zero columns left of the input; an even kernel pads one more to the right.</summary>
    public int PadLeft => Padding == Padding.Same ? (Filter.KernelWidth - 1) / 2 : 0;

    /// <summary>Output shape.</summary>
    /// <exception cref="ArgumentException">What is to be pooled is smaller than one window.</exception>
    public Shape Output => Pooled ? MaxPool.Output(Unpooled) : Unpooled;

    /// <summary>Flops of the direct algorithm and comparisons of the pool, and bytes of input, filter, bias and output moved once.</summary>
    public OperationCost Cost => CostWith(sizeof(float) * (Filter.Elements + Filter.OutputChannels));

    private Shape Unpooled => Padding == Padding.Same
        ? Input with { Channels = Filter.OutputChannels }
        : new Shape(Input.Batch, Input.Height - Filter.KernelHeight + 1, Input.Width - Filter.KernelWidth + 1, Filter.OutputChannels);

    /// <summary>The same with a filter and bias that are stored in so many bytes.</summary>
    internal OperationCost CostWith(long filterBytes) => new(
        checked((2 * Unpooled.Elements * Filter.Depth) + (Pooled ? MaxPool.Cost(Unpooled).Flops : 0)),
        checked((StoredValue.Bytes(InputPrecision) * Input.Elements) + (StoredValue.Bytes(OutputPrecision) * Output.Elements) + filterBytes));

    /// <summary>Refuses a specification that no algorithm can run.</summary>
    /// <exception cref="ArgumentException">
    /// Channels differ, a size is not positive, a VALID kernel is larger than the input, or a pooling window than what is to be pooled.
    /// </exception>
    public void Validate()
    {
        if (Input.Batch < 1 || Input.Channels < 1 || Filter.KernelHeight < 1 || Filter.KernelWidth < 1 || Filter.OutputChannels < 1
            || Unpooled.Height < 1 || Unpooled.Width < 1)
        {
            throw new ArgumentException($"A {Padding} convolution of input {Input} with filter {Filter} has no output.");
        }

        if (Input.Channels != Filter.InputChannels)
        {
            throw new ArgumentException($"Input {Input} has {Input.Channels} channels, filter {Filter} expects {Filter.InputChannels}.");
        }

        _ = Output;
    }
}
