using System.Globalization;
using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>
/// 3x3 convolutions by Winograd's minimal filtering F(m x m, 3 x 3), any shape, both paddings, with the 2x2 max pool that may follow.
/// See <see cref="WinogradConvolutionOperation"/> for the loops and <see cref="WinogradKernels"/> for the transforms.
/// <para>
/// Which tile is best depends on the filter: larger ones save multiplications, and take 7.1 times the memory of the filter for m = 6
/// against 4 for m = 4. Measured on one thread of an AMD EPYC (Zen 4, 1 MB of L2 cache), ms with m = 4 and m = 6: conv1_2 12.0 and
/// 10.4, conv2_1 5.5 and 5.2, conv2_2 9.9 and 8.8, conv3_1 5.0 and 4.8. On two threads of an Intel Xeon m = 6 took 0.83 to 0.92 of the
/// time of m = 4 on conv3_2 to conv4_3 at 768x1024, the same on conv5 there, and 0.94 to 1.1 on conv3_2 at 224x224. So m = 6 is limited
/// to filters whose memory it is worth, which also lets plans of all picture sizes share them. At 14x14 pixels reading the weights
/// decides: by turns on two threads of the EPYC conv5 took 2.3 to 2.4 ms a layer with m = 2, whose weights have 1.8 times the filter's
/// memory, and 2.1 to 2.5 with m = 4, which would take 63 MB more for VGG-16.
/// </para>
/// </summary>
/// <param name="transforms">Transforms of m.</param>
/// <param name="products">What multiplies.</param>
/// <param name="threads">Threads.</param>
/// <param name="scratch">Memory for transformed tiles.</param>
/// <param name="maximumFilterBytes">Transformed weights of supported filters, at most.</param>
internal sealed class WinogradConvolution(
    WinogradKernelTable transforms, IMatrixProducts products, HostThreads threads, HostScratch scratch, long maximumFilterBytes = long.MaxValue)
    : ConvolutionAlgorithm
{
    /// <summary>The limit for tiles of 6x6: VGG's filters of 256 inputs to 512 outputs and smaller.</summary>
    public const long SmallFilterBytes = 32 << 20;

    private const int FilterSize = 3;

    /// <summary>Flops in the time in which a transform loads or stores a cache line: 0.9 ns at 115 GFLOP/s.</summary>
    private const double FlopsPerLine = 100;

    /// <summary>
    /// Side from which the estimate leaves out that the last tiles are ragged, so that a window of a large picture has the algorithm
    /// of the whole, wherever it is cut, and with it the same bits. By the full estimate that costs a tenth of the time at 32 pixels and less beyond.
    /// </summary>
    private const int LargeSide = 32;

    public override string Name => string.Create(CultureInfo.InvariantCulture, $"winograd-{transforms.Tile}x{transforms.Tile}") + products.NameSuffix;

    public override string FilterLayout => Name;

    public override ProductPrecision ProductPrecision => products.Precision;

    public override double RelativeError => products.WinogradError;

    public override bool FusesMaxPool => true;

    public override double EstimatedFlops(ConvolutionSpecification specification)
    {
        var tiles = EstimatedTiles(specification);
        var filter = specification.Filter;
        double inputs = HostTensor.BlocksOf(filter.InputChannels);
        double outputs = HostTensor.BlocksOf(filter.OutputChannels);
        var multiplications = tiles * transforms.Elements * inputs * outputs * HostTensor.BlockChannels * HostTensor.BlockChannels;
        var inputLines = 2 * tiles * transforms.Elements * inputs;
        var outputLines = tiles * (transforms.Elements + (transforms.Tile * transforms.Tile)) * outputs;
        return (2 * multiplications * products.RelativeTime) + (FlopsPerLine * (inputLines + outputLines)) + (DirectConvolution.FlopsPerFilterByte * FilterBytes(filter));
    }

    public override long EstimatedFilterBytes(FilterShape filter, bool isPinnable) => FilterBytes(filter) + (sizeof(float) * filter.OutputChannels);

    public override PreparedFilter Prepare(FilterSource source) => new WinogradFilter(FilterLayout, transforms, products, threads, source);

    public override Operation Create(ConvolutionSpecification specification, PreparedFilter filter) => new WinogradConvolutionOperation(
        Name, specification, Require<WinogradFilter>(specification, filter), transforms, products, threads, scratch);

    protected override bool SupportsConvolution(ConvolutionSpecification specification) =>
        specification.Filter is { KernelHeight: FilterSize, KernelWidth: FilterSize } && FilterBytes(specification.Filter) <= maximumFilterBytes
        && HostTensor.BlocksOf(specification.Filter.InputChannels) % products.ArrangedBlocks == 0
        && HostTensor.BlocksOf(specification.Filter.OutputChannels) * HostTensor.BlockChannels % products.OutputStep == 0;

    private double EstimatedTiles(ConvolutionSpecification specification)
    {
        var pixels = specification.Pooled ? MaxPool.Size : 1;
        return specification.Output.Batch * Along(specification.Output.Height) * Along(specification.Output.Width);

        double Along(int side)
        {
            var tiles = (double)(side * pixels) / transforms.Tile;
            return side * pixels < LargeSide ? Math.Ceiling(tiles) : tiles;
        }
    }

    private long FilterBytes(FilterShape filter) => sizeof(float) * transforms.Elements * (long)filter.InputChannels * filter.OutputChannels;
}
