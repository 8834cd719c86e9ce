using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>
/// The convolution by its definition, register-blocked: every shape, both paddings, any kernel. Weights are packed as
/// <c>[block of outputs][block of 16 inputs][kernel row][kernel column][input][outputs of the block]</c>, so that a micro-kernel
/// streams them. See <see cref="DirectConvolutionOperation"/> for the loops.
/// </summary>
internal sealed class DirectConvolution(DirectKernelTable kernels, HostThreads threads) : ConvolutionAlgorithm
{
    /// <summary>Flops in the time in which all threads together read a byte of weights from memory: 200 GFLOP/s to 36 GB/s.</summary>
    public const double FlopsPerFilterByte = 5.5;

    public override string Name => "direct";

    public override string FilterLayout => "direct-packed";

    public override double EstimatedFlops(ConvolutionSpecification specification) =>
        specification.Cost.Flops + (FlopsPerFilterByte * sizeof(float) * specification.Filter.Elements);

    public override PreparedFilter Prepare(FilterSource source) => new DirectFilter(FilterLayout, kernels.OutputChannels, threads, source);

    public override Operation Create(ConvolutionSpecification specification, PreparedFilter filter) =>
        new DirectConvolutionOperation(specification, Require<DirectFilter>(specification, filter), kernels, threads);

    protected override bool SupportsConvolution(ConvolutionSpecification specification) => true;
}
