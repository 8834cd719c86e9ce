using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>
/// Fully connected layers over a map or for a large batch, as a blocked matrix product. The weights are those of
/// <see cref="FullyConnected"/>, of any precision: they are packed in blocks, as float32, when the layer runs. See <see cref="BlockedGemmOperation"/>
/// for the loops.
/// </summary>
/// <param name="fullyConnected">Whose weights it uses.</param>
/// <param name="products">What multiplies.</param>
/// <param name="threads">Threads.</param>
/// <param name="scratch">Memory for inputs, packed weights and sums.</param>
internal sealed class BlockedGemm(FullyConnected fullyConnected, IMatrixProducts products, HostThreads threads, HostScratch scratch) : ConvolutionAlgorithm
{
    /// <summary>Positions from which packing the weights costs less than it saves.</summary>
    private const int MinimumPositions = 64;

    public override string Name => "blocked-gemm" + fullyConnected.WeightsSuffix + products.NameSuffix;

    public override string FilterLayout => fullyConnected.FilterLayout;

    public override WeightPrecision WeightPrecision => fullyConnected.WeightPrecision;

    public override ProductPrecision ProductPrecision => products.Precision;

    public override double RelativeError => Math.Max(fullyConnected.RelativeError, products.RelativeError);

    public override long EstimatedFilterBytes(FilterShape filter, bool isPinnable) => fullyConnected.EstimatedFilterBytes(filter, isPinnable);

    public override PreparedFilter Prepare(FilterSource source) => fullyConnected.Prepare(source);

    public override Operation Create(ConvolutionSpecification specification, PreparedFilter filter) =>
        new BlockedGemmOperation(Name, specification, Require<FullyConnectedFilter>(specification, filter), products, threads, scratch);

    /// <summary>
    /// 1x1 kernels, and kernels that cover their inputs, at many positions. Of larger kernels over a map those with float32 weights are left
    /// to Winograd's algorithm.
    /// </summary>
    protected override bool SupportsConvolution(ConvolutionSpecification specification)
    {
        var (filter, output) = (specification.Filter, specification.Output);
        return output.Positions >= MinimumPositions
            && HostTensor.BlocksOf(filter.InputChannels) % products.ArrangedBlocks == 0
            && ((filter.KernelHeight, filter.KernelWidth) == (1, 1) || (output.Height, output.Width) == (1, 1)
                || (WeightPrecision != WeightPrecision.Float32 && filter.KernelHeight == LargeKernelTransforms.Kernel && filter.KernelWidth == LargeKernelTransforms.Kernel));
    }
}
