using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>
/// 7x7 kernels over a map by Winograd's F(2x2, 7x7): 64 multiplications for 4 outputs where the definition has 196. The weights are
/// those that <see cref="FullyConnected"/> uses in place: they are transformed in blocks when the layer runs, as all of them would
/// take 537 MB for VGG-16's fc6. See <see cref="LargeKernelOperation"/> for the loops.
/// </summary>
internal sealed class LargeKernelWinograd(
    FullyConnected fullyConnected, LargeKernelTransformTable transforms, DirectKernelTable kernels, HostThreads threads, HostScratch scratch)
    : ConvolutionAlgorithm
{
    /// <summary>
    /// What reading and transforming a block of weights costs, in tiles that it could be multiplied with meanwhile: 65, measured with a
    /// mapped file, whose small pages make the reading slow.
    /// </summary>
    private const int TransformTiles = 64;

    public override string Name => "winograd-2x2-7x7";

    public override string FilterLayout => fullyConnected.FilterLayout;

    public override double RelativeError => 2e-5;

    public override long EstimatedFilterBytes(FilterShape filter, bool isPinnable) => fullyConnected.EstimatedFilterBytes(filter, isPinnable);

    public override PreparedFilter Prepare(FilterSource source) => fullyConnected.Prepare(source);

    public override Operation Create(ConvolutionSpecification specification, PreparedFilter filter) =>
        new LargeKernelOperation(Name, specification, Require<FullyConnectedInPlaceFilter>(specification, filter), transforms, kernels, threads, scratch);

    /// <summary>Where it takes fewer multiplications, its transforms included.</summary>
    protected override bool SupportsConvolution(ConvolutionSpecification specification)
    {
        var (filter, output) = (specification.Filter, specification.Output);
        var tiles = (long)output.Batch * LargeKernelOperation.Tiles(output.Height) * LargeKernelOperation.Tiles(output.Width);
        return (filter.KernelHeight, filter.KernelWidth) == (LargeKernelTransforms.Kernel, LargeKernelTransforms.Kernel)
            && LargeKernelTransforms.Points * LargeKernelTransforms.Points * (tiles + TransformTiles) < filter.KernelHeight * filter.KernelWidth * output.Positions;
    }
}
