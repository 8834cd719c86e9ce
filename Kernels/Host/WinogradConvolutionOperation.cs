using System.Runtime.InteropServices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Kernels.Host;

/// <summary>
/// The loops around <see cref="WinogradKernels"/>: tiles of m by m outputs of all images are numbered through and computed in blocks.
/// A small filter streams from the caches however often it is read, so each block of tiles is one item of work, fused:
/// <code>
/// for each block of tiles                               which a core's L2 cache holds
///   for each block of 16 input channels, each tile      transform the patch: elements[element][channels][tile][16]
///   for each group of outputs
///     for each of the (m + 2)^2 elements                a matrix product, tiles x inputs times inputs x outputs: IMatrixProducts
///     for each tile                                     transform back, add the bias, ReLU, pool
/// </code>
/// A large filter is read once for a large block of tiles, not fused; the items are blocks of channels, elements and groups:
/// <code>
/// for each block of tiles                               all of a 56x56 map
///   for each block of 16 input channels, each tile      transform the patch
///   for each element, each group of outputs             a matrix product, whose inputs stay in the L2 cache
///   for each group of outputs, each tile                transform back, add the bias, ReLU, pool
/// </code>
/// While a product is computed, the weights of the following one are fetched, evenly. Either way every output is the
/// same sum in the same order: results are equal bits for any number of threads.
/// <para>
/// Flops of the products: 2 * tiles * (m + 2)^2 * in * out, which are 1/4 of the direct algorithm's for m = 4 and 1/5.06 for m = 6.
/// Bound by the units that multiply, at 14x14 pixels by reading the weights.
/// </para>
/// <para>
/// Measured on one thread of an AMD EPYC (Zen 4, AVX-512; FMA peak 118 GFLOP/s), processor time, in GFLOP/s of the direct algorithm:
/// 310 to 360 on conv1_2, 360 to 400 on conv2_1 to conv4_3, 250 on conv5, where the direct algorithm has 105 to 113. On two threads of
/// an Intel Xeon (AVX-512, 2 MB of L2 cache a core, 27 GB/s from memory) by turns, not fused over fused without fetching ahead: 0.7 of
/// the time on conv3_1, 0.6 to 0.75 on conv3_2 to conv4_2, 0.65 to 0.7 on conv5; fused with fetching ahead 0.9 to 1 on conv1_2 to conv2_2.
/// There too, micro-kernels of six rows and four vectors over 14 rows and two, with the places of transformed tiles fetched as well: 0.97
/// on conv1_2 to conv2_2, 0.83 on conv3, 0.92 on conv4 and conv5; 205 to 260 GFLOP/s in the products, where the FMA peak was 290 to 330.
/// On a matrix unit, with neighbours as they came, m = 4 took 0.63 to 0.73 of the time of the better of m = 4 and 6 in float32 on conv1_2 to conv4_2.
/// </para>
/// </summary>
internal sealed unsafe class WinogradConvolutionOperation : Operation
{
    /// <summary>Transformed inputs of a block of tiles that one thread computes, at most: with the products a usual L2 cache's.</summary>
    private const int MaximumPrivateBytes = 1000 << 10;

    /// <summary>Tiles of such a block at least: with fewer, reading the weights costs more than the products.</summary>
    private const int MinimumPrivateTiles = 12;

    /// <summary>Tiles of such a block at most: with more, the products of a group of outputs leave the cache.</summary>
    private const int MaximumPrivateTiles = 30;

    /// <summary>Transformed weights of a filter that is fused, at most: a large L2 cache's, to be read again for every block of tiles.</summary>
    private const int MaximumFusedFilterBytes = 9 << 19;

    /// <summary>Transformed inputs and products of a block of tiles that is not fused: a part of the last cache.</summary>
    private const int SharedBytes = 16 << 20;

    /// <summary>Tiles of such a block at least: with fewer, reading the weights costs more than the products.</summary>
    private const int MinimumSharedTiles = 98;

    /// <summary>Blocks or elements for each thread below which the last ones would leave threads idle for long.</summary>
    private const int MinimumItemsPerThread = 4;

    /// <summary>Floats between elements, which would else lie a power of two apart and share cache sets.</summary>
    private const int ElementGap = HostTensor.BlockChannels;

    private readonly ConvolutionSpecification specification;
    private readonly WinogradFilter filter;
    private readonly WinogradKernelTable transforms;
    private readonly IMatrixProducts products;
    private readonly HostThreads threads;
    private readonly HostScratch scratch;
    private readonly WinogradTiles tiles;
    private readonly int tilesPerBlock;
    private readonly bool isFused;

    public WinogradConvolutionOperation(
        string algorithm, ConvolutionSpecification specification, WinogradFilter filter,
        WinogradKernelTable transforms, IMatrixProducts products, HostThreads threads, HostScratch scratch)
        : base(specification.Input, specification.Output, specification.Cost)
    {
        Algorithm = algorithm;
        this.specification = specification;
        this.filter = filter;
        this.transforms = transforms;
        this.products = products;
        this.threads = threads;
        this.scratch = scratch;
        tiles = new WinogradTiles(specification, transforms);
        var inputBytes = sizeof(float) * transforms.Elements * InputBlocks * HostTensor.BlockChannels;
        tilesPerBlock = Math.Max(WholeRuns(MinimumPrivateTiles + products.RowStep - 1), WholeRuns(Math.Min(HostCaches.Level2Bytes / 2 / inputBytes, MaximumPrivateTiles)));
        isFused = filter.ElementBytes * transforms.Elements <= MaximumFusedFilterBytes
            && tilesPerBlock * inputBytes <= MaximumPrivateBytes
            && tiles.Count >= tilesPerBlock * MinimumItemsPerThread * threads.Count;
        if (!isFused)
        {
            var tileBytes = inputBytes + (sizeof(float) * transforms.Elements * filter.Outputs);
            tilesPerBlock = Math.Min(tiles.Count, WholeRuns(Math.Max(MinimumSharedTiles, SharedBytes / tileBytes)));
        }

        int WholeRuns(int count) => count / products.RowStep * products.RowStep;
    }

    public override string Algorithm { get; }

    public override int InputHalo => specification.PadTop;

    private int InputBlocks => HostTensor.BlocksOf(Input.Channels);

    public override long WorkingBytes => (isFused ? threads.Count : 1) * (InputBytes + ProductBytes);

    /// <summary>Floats from one block of channels to the next, of inputs and products.</summary>
    private nint ChannelBlock => (nint)tilesPerBlock * HostTensor.BlockChannels;

    /// <summary>Floats from one element of a block's transformed inputs to the next.</summary>
    private nint InputElement => (InputBlocks * ChannelBlock) + ElementGap;

    /// <summary>Floats from one element of a block's products to the next: with a group of outputs if fused, else with all.</summary>
    private nint ProductElement => ((nint)(isFused ? filter.OutputsPerGroup : filter.Outputs) * tilesPerBlock) + ElementGap;

    private long InputBytes => sizeof(float) * (long)InputElement * transforms.Elements;

    private long ProductBytes => sizeof(float) * (long)ProductElement * transforms.Elements;

    public override void Run(Tensor input, Tensor output)
    {
        var source = Require<HostTensor>(input, Input, InputHalo);
        var destination = Require<HostTensor>(output, Output);
        destination.ClearHalo();
        var blocks = (tiles.Count + tilesPerBlock - 1) / tilesPerBlock;
        if (isFused)
        {
            threads.For(blocks, block => RunFused(source, destination, block * tilesPerBlock));
            return;
        }

        for (var block = 0; block < blocks; block++)
        {
            RunUnfused(source, destination, block * tilesPerBlock);
        }
    }

    private void RunFused(HostTensor source, HostTensor destination, int firstTile)
    {
        var memory = scratch.Rent(InputBytes + ProductBytes);
        var sums = memory.Start + (InputBytes / sizeof(float));
        for (var block = 0; block < InputBlocks; block += products.ArrangedBlocks)
        {
            TransformInput(source, block, firstTile, memory.Start);
        }

        products.Begin(TilesOf(firstTile));
        for (var group = 0; group < filter.Groups; group++)
        {
            for (var element = 0; element < transforms.Elements; element++)
            {
                var upcoming = element + 1 < transforms.Elements
                    ? filter.Weights(group, element + 1, 0)
                    : filter.Weights((group + 1) % filter.Groups, 0, 0);
                Multiply(memory.Start, element, group, firstTile, sums + (element * ProductElement), upcoming);
            }

            TransformOutput(sums, group, firstTile, destination);
        }

        products.End();
        scratch.Return(memory);
    }

    private void RunUnfused(HostTensor source, HostTensor destination, int firstTile)
    {
        var inputs = scratch.Rent(InputBytes);
        var sums = scratch.Rent(ProductBytes);
        threads.For(InputBlocks / products.ArrangedBlocks, item => TransformInput(source, item * products.ArrangedBlocks, firstTile, inputs.Start));

        // Few threads read an element's inputs once and all its weights; many share an element.
        var itemsPerElement = Math.Clamp(((MinimumItemsPerThread * threads.Count) + transforms.Elements - 1) / transforms.Elements, 1, filter.Groups);
        var parts = new EvenParts(filter.Groups, itemsPerElement);
        threads.For(transforms.Elements * itemsPerElement, item =>
        {
            var (element, part) = Math.DivRem(item, itemsPerElement);
            products.Begin(TilesOf(firstTile));
            for (var group = parts.Start(part); group < parts.Start(part + 1); group++)
            {
                var upcoming = group + 1 < parts.Start(part + 1)
                    ? filter.Weights(group + 1, element, 0)
                    : filter.Weights(0, (element + 1) % transforms.Elements, 0);
                Multiply(inputs.Start, element, group, firstTile, sums.Start + (element * ProductElement) + GroupOffset(group), upcoming);
            }

            products.End();
        });
        threads.For(filter.Groups, group => TransformOutput(sums.Start + GroupOffset(group), group, firstTile, destination));
        scratch.Return(sums);
        scratch.Return(inputs);

        nint GroupOffset(int group) => (nint)group * filter.OutputsPerGroup * tilesPerBlock;
    }

    private int TilesOf(int firstTile) => Math.Min(tilesPerBlock, tiles.Count - firstTile);

    /// <summary>Transforms the blocks of channels that are arranged together, the first of which is given.</summary>
    private void TransformInput(HostTensor source, int firstBlock, int firstTile, float* elements)
    {
        var patch = stackalloc float[transforms.Elements * HostTensor.BlockChannels];
        var destination = elements + (firstBlock * ChannelBlock);
        for (var i = 0; i < TilesOf(firstTile); i++, destination += HostTensor.BlockChannels)
        {
            var (image, row, column) = tiles.PatchOf(firstTile + i);
            var inside = row + transforms.Patch <= Input.Height + source.Halo && column + transforms.Patch <= Input.Width + source.Halo;
            for (var block = 0; block < products.ArrangedBlocks; block++)
            {
                if (!inside)
                {
                    CopyPatch(source, image, firstBlock + block, row, column, patch);
                }

                transforms.Input(
                    inside ? source.At(image, firstBlock + block, row, column) : patch,
                    inside ? source.RowStride : transforms.Patch * HostTensor.BlockChannels,
                    destination + (block * ChannelBlock),
                    InputElement);
            }

            products.ArrangeInputs(destination, transforms.Elements, InputElement, ChannelBlock);
        }
    }

    /// <summary>Copies what lies inside the input and its halo, and zeros the rest.</summary>
    private void CopyPatch(HostTensor source, int image, int block, int row, int column, float* patch)
    {
        var rowFloats = transforms.Patch * HostTensor.BlockChannels;
        var columns = Math.Min(transforms.Patch, Input.Width + source.Halo - column);
        NativeMemory.Clear(patch, (nuint)(sizeof(float) * transforms.Patch * rowFloats));
        for (var y = 0; y < Math.Min(transforms.Patch, Input.Height + source.Halo - row); y++)
        {
            var floats = columns * HostTensor.BlockChannels;
            new ReadOnlySpan<float>(source.At(image, block, row + y, column), floats).CopyTo(new Span<float>(patch + (y * rowFloats), floats));
        }
    }

    private void Multiply(float* inputs, int element, int group, int firstTile, float* destination, float* upcoming) => products.Multiply(new MatrixProduct
    {
        Inputs = inputs + (element * InputElement),
        Rows = TilesOf(firstTile),
        BlockStride = ChannelBlock,
        Weights = filter.Weights(group, element, 0),
        InputChannels = filter.Inputs,
        Outputs = filter.OutputsOf(group),
        Sums = destination,
        Upcoming = upcoming,
    });

    private void TransformOutput(float* sums, int group, int firstTile, HostTensor destination)
    {
        var step = tiles.OutputStep;
        var ragged = stackalloc float[step * step * HostTensor.BlockChannels];
        var minimum = specification.Relu ? 0 : float.NegativeInfinity;
        for (var output = 0; output < filter.OutputsOf(group); output += HostTensor.BlockChannels)
        {
            var block = ((group * filter.OutputsPerGroup) + output) / HostTensor.BlockChannels;
            var source = sums + ((nint)output * tilesPerBlock);
            var bias = filter.Bias(group) + output;
            for (var i = 0; i < TilesOf(firstTile); i++, source += HostTensor.BlockChannels)
            {
                var (image, row, column) = tiles.OutputOf(firstTile + i);
                var (rows, columns) = (Math.Min(step, Output.Height - row), Math.Min(step, Output.Width - column));
                var pixels = destination.At(image, block, row, column);
                if (rows == step && columns == step)
                {
                    transforms.Output(source, ProductElement, bias, minimum, pixels, destination.RowStride, specification.Pooled);
                    continue;
                }

                transforms.Output(source, ProductElement, bias, minimum, ragged, step * HostTensor.BlockChannels, specification.Pooled);
                for (var y = 0; y < rows; y++)
                {
                    new ReadOnlySpan<float>(ragged + (y * step * HostTensor.BlockChannels), columns * HostTensor.BlockChannels)
                        .CopyTo(new Span<float>(pixels + (y * destination.RowStride), columns * HostTensor.BlockChannels));
                }
            }
        }
    }
}
