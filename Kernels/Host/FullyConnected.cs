using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>
/// Layers with far more weights than inputs and outputs: a kernel that covers its input, at one position or for a batch, a large
/// kernel, or 1x1. The weights are read once, where the checkpoint's file has them if it has them so: its HWIO filter is the
/// <c>[depth, outputs]</c> matrix. See <see cref="FullyConnectedOperation"/> for the loops.
/// </summary>
internal class FullyConnected(FullyConnectedKernelTable kernels, HostThreads threads) : ConvolutionAlgorithm
{
    /// <summary>Side of the first fully connected layer's kernel; VGG's convolutions have 3.</summary>
    private const int LargeKernel = 7;

    public override string Name => "fully-connected" + WeightsSuffix;

    public override string FilterLayout => Name;

    /// <summary>What names end with for the precision of the weights.</summary>
    public virtual string WeightsSuffix => string.Empty;

    public override long EstimatedFilterBytes(FilterShape filter, bool isPinnable) => sizeof(float)
        * ((isPinnable ? (long)filter.Depth * (filter.OutputChannels % kernels.VectorLength) : filter.Elements) + filter.OutputChannels);

    public override PreparedFilter Prepare(FilterSource source) => new FullyConnectedInPlaceFilter(FilterLayout, kernels, threads, source);

    public override Operation Create(ConvolutionSpecification specification, PreparedFilter filter) =>
        new FullyConnectedOperation(Name, specification, Require<FullyConnectedFilter>(specification, filter), kernels, threads);

    protected override bool SupportsConvolution(ConvolutionSpecification specification)
    {
        var (height, width) = (specification.Filter.KernelHeight, specification.Filter.KernelWidth);
        return (height, width) == (1, 1)
            || Math.Min(height, width) >= LargeKernel
            || (specification.Padding == Padding.Valid && (height, width) == (specification.Input.Height, specification.Input.Width));
    }
}
