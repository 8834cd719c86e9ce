using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>
/// Transformed weights, as micro-kernels stream them: <c>[group of outputs][element][block of outputs][input][outputs of the
/// block]</c>, with inputs and outputs padded with zeros to whole blocks of 16; and the bias.
/// </summary>
internal sealed unsafe class WinogradFilter : PreparedFilter
{
    /// <summary>Floats between the elements of a group: as they would else lie a power of two apart, they would share cache sets.</summary>
    private const int ElementGap = HostTensor.BlockChannels;

    private readonly WinogradKernelTable transforms;
    private readonly int paddedInputs;
    private readonly int paddedOutputs;
    private readonly HostBuffer weights;
    private readonly HostBuffer bias;

    public WinogradFilter(string layout, WinogradKernelTable transforms, IMatrixProducts products, HostThreads threads, FilterSource source)
        : base(layout, source.Shape)
    {
        this.transforms = transforms;
        OutputsPerBlock = products.OutputsPerBlock;
        OutputsPerGroup = products.OutputsPerGroup;
        paddedInputs = HostTensor.BlocksOf(Shape.InputChannels) * HostTensor.BlockChannels;
        paddedOutputs = HostTensor.BlocksOf(Shape.OutputChannels) * HostTensor.BlockChannels;
        weights = new HostBuffer(sizeof(float) * Enumerable.Range(0, Groups).Sum(g => (long)transforms.Elements * ElementStride(g)));
        bias = new HostBuffer(sizeof(float) * (long)paddedOutputs);
        var padded = new Span<float>(bias.Start, paddedOutputs);
        padded.Clear();
        source.ReadBiases().CopyTo(padded);
        threads.For(HostTensor.BlocksOf(Shape.InputChannels), block => Transform(source, block));
        threads.For(Groups, group => Arrange(products, group));
    }

    /// <summary>Outputs that a micro-kernel sums at once, at most.</summary>
    public int OutputsPerBlock { get; }

    /// <summary>Outputs of every group but perhaps the last: whole blocks of outputs, and of the channels of tensors.</summary>
    public int OutputsPerGroup { get; }

    /// <summary>Inputs, padded.</summary>
    public int Inputs => paddedInputs;

    /// <summary>Outputs, padded.</summary>
    public int Outputs => paddedOutputs;

    /// <summary>Bytes of an element's weights.</summary>
    public long ElementBytes => sizeof(float) * (long)paddedInputs * paddedOutputs;

    /// <summary>Groups of outputs.</summary>
    public int Groups => (paddedOutputs + OutputsPerGroup - 1) / OutputsPerGroup;

    public override long Bytes => weights.Bytes + bias.Bytes;

    /// <summary>Biases of a group.</summary>
    public float* Bias(int group) => bias.Start + (group * OutputsPerGroup);

    /// <summary>Outputs of a group.</summary>
    public int OutputsOf(int group) => Math.Min(OutputsPerGroup, paddedOutputs - (group * OutputsPerGroup));

    /// <summary>Weights of a block of a group, given by its first output in the group, for an element.</summary>
    public float* Weights(int group, int element, int output) =>
        weights.Start + ((nint)group * transforms.Elements * ElementStride(0)) + (element * ElementStride(group)) + ((nint)output * paddedInputs);

    protected override void Dispose(bool disposing)
    {
        weights.Dispose();
        bias.Dispose();
    }

    private nint ElementStride(int group) => ((nint)paddedInputs * OutputsOf(group)) + ElementGap;

    /// <summary>Transforms 16 inputs for all outputs.</summary>
    private void Transform(FilterSource source, int inputBlock)
    {
        var positions = Shape.KernelHeight * Shape.KernelWidth;
        var firstInput = inputBlock * HostTensor.BlockChannels;
        var inputs = Math.Min(HostTensor.BlockChannels, Shape.InputChannels - firstInput);
        var read = new float[positions * inputs * OutputsPerGroup];
        var padded = new float[positions * HostTensor.BlockChannels * OutputsPerGroup];
        for (var group = 0; group < Groups; group++)
        {
            var outputs = Math.Min(OutputsPerGroup, Shape.OutputChannels - (group * OutputsPerGroup));
            source.Read(firstInput, inputs, group * OutputsPerGroup, outputs, read);
            Array.Clear(padded);
            for (var row = 0; row < positions * inputs; row++)
            {
                var (position, input) = Math.DivRem(row, inputs);
                read.AsSpan(row * outputs, outputs).CopyTo(padded.AsSpan(((position * HostTensor.BlockChannels) + input) * OutputsPerGroup));
            }

            fixed (float* rows = padded)
            {
                for (var output = 0; output < OutputsOf(group); output += transforms.VectorLength)
                {
                    var first = output / OutputsPerBlock * OutputsPerBlock;
                    var blockOutputs = Math.Min(OutputsPerBlock, OutputsOf(group) - first);
                    var block = Weights(group, 0, first) + (output - first);
                    for (var input = 0; input < HostTensor.BlockChannels; input++)
                    {
                        transforms.Filter(
                            rows + (input * OutputsPerGroup) + output,
                            HostTensor.BlockChannels * OutputsPerGroup,
                            block + ((nint)(firstInput + input) * blockOutputs),
                            ElementStride(group));
                    }
                }
            }
        }
    }

    private void Arrange(IMatrixProducts products, int group)
    {
        for (var element = 0; element < transforms.Elements; element++)
        {
            for (var output = 0; output < OutputsOf(group); output += OutputsPerBlock)
            {
                products.ArrangeWeights(Weights(group, element, output), paddedInputs, Math.Min(OutputsPerBlock, OutputsOf(group) - output));
            }
        }
    }
}
