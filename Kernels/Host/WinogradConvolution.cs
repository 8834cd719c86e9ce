using System.Globalization;
using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>
/// 3x3 convolutions by Winograd's minimal filtering F(m x m, 3 x 3), any shape, both paddings, with the 2x2 max pool that may follow.
/// See <see cref="WinogradConvolutionOperation"/> for the loops and <see cref="WinogradKernels"/> for the transforms.
/// </summary>
internal sealed class WinogradConvolution(WinogradKernelTable transforms, DirectKernelTable kernels, HostThreads threads, HostScratch scratch)
    : ConvolutionAlgorithm
{
    private const int FilterSize = 3;

    public override string Name => string.Create(CultureInfo.InvariantCulture, $"winograd-{transforms.Tile}x{transforms.Tile}");

    public override string FilterLayout => Name;

    public override double RelativeError => 2e-5;

    public override bool Supports(ConvolutionSpecification specification) =>
        specification.Filter is { KernelHeight: FilterSize, KernelWidth: FilterSize };

    public override PreparedFilter Prepare(FilterSource source) => new WinogradFilter(FilterLayout, transforms, kernels, threads, source);

    public override Operation Create(ConvolutionSpecification specification, PreparedFilter filter) => new WinogradConvolutionOperation(
        Name, specification, Require<WinogradFilter>(specification, filter), transforms, kernels, threads, scratch);
}
