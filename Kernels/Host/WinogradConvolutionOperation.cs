using System.Runtime.InteropServices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Kernels.Host;

/// <summary>
/// The loops around <see cref="WinogradKernels"/>: tiles of m by m outputs of all images are numbered through and computed in blocks.
/// <code>
/// for each block of tiles
///   for each block of 16 input channels, each tile      transform the patch: elements[element][channels][tile][16]
///   for each group of outputs
///     for each of the (m + 2)^2 elements                a matrix product, tiles x inputs times inputs x outputs, by DirectKernels
///     for each tile                                     transform back, add the bias, ReLU, pool
/// </code>
/// Where a block's elements fit into a core's L2 cache, blocks are the items of work. Where they do not, or there are few tiles, the
/// blocks are larger and follow each other, and input channels and then groups of outputs are the items, so that the weights are read
/// once a block. Either way every output is the same sum in the same order: results are equal bits for any number of threads.
/// <para>
/// Flops of the products: 2 * tiles * (m + 2)^2 * in * out, which are 1/4 of the direct algorithm's for m = 4 and 1/5.06 for m = 6.
/// Bound by the FMA units, at 14x14 pixels by reading the weights.
/// </para>
/// <para>
/// Measured on one thread of an AMD EPYC (Zen 4, AVX-512; FMA peak 118 GFLOP/s), processor time, in GFLOP/s of the direct algorithm:
/// 310 to 360 on conv1_2, 360 to 400 on conv2_1 to conv4_3, 250 on conv5, where the direct algorithm has 105 to 113.
/// </para>
/// </summary>
internal sealed unsafe class WinogradConvolutionOperation : Operation
{
    /// <summary>Transformed inputs of a block of tiles that one thread computes: about half of a usual L2 cache.</summary>
    private const int PrivateBytes = 520 << 10;

    /// <summary>What they may take at the least number of tiles.</summary>
    private const int MaximumPrivateBytes = 1000 << 10;

    /// <summary>Tiles of such a block at least: with fewer, reading the weights costs more than the products.</summary>
    private const int MinimumPrivateTiles = 12;

    /// <summary>Tiles of such a block at most: with more, the products of a group of outputs leave the cache.</summary>
    private const int MaximumPrivateTiles = 42;

    /// <summary>Tiles of a block that all threads compute together.</summary>
    private const int MaximumSharedTiles = 98;

    /// <summary>Blocks for each thread below which the last ones would leave threads idle for long.</summary>
    private const int MinimumBlocksPerThread = 4;

    /// <summary>Floats between elements, which would else lie a power of two apart and share cache sets.</summary>
    private const int ElementGap = HostTensor.BlockChannels;

    private readonly ConvolutionSpecification specification;
    private readonly WinogradFilter filter;
    private readonly WinogradKernelTable transforms;
    private readonly DirectKernelTable kernels;
    private readonly HostThreads threads;
    private readonly HostScratch scratch;
    private readonly WinogradTiles tiles;
    private readonly int tilesPerBlock;
    private readonly bool isShared;

    public WinogradConvolutionOperation(
        string algorithm, ConvolutionSpecification specification, WinogradFilter filter,
        WinogradKernelTable transforms, DirectKernelTable kernels, HostThreads threads, HostScratch scratch)
        : base(specification.Input, specification.Output, specification.Cost)
    {
        Algorithm = algorithm;
        this.specification = specification;
        this.filter = filter;
        this.transforms = transforms;
        this.kernels = kernels;
        this.threads = threads;
        this.scratch = scratch;
        tiles = new WinogradTiles(specification, transforms);
        var tileBytes = sizeof(float) * transforms.Elements * InputBlocks * HostTensor.BlockChannels;
        var leastTiles = (MinimumPrivateTiles + kernels.MaximumRows - 1) / kernels.MaximumRows * kernels.MaximumRows;
        var fitting = Math.Min(PrivateBytes / tileBytes, MaximumPrivateTiles) / kernels.MaximumRows * kernels.MaximumRows;
        tilesPerBlock = Math.Max(leastTiles, fitting);
        isShared = tilesPerBlock * tileBytes > MaximumPrivateBytes || tiles.Count < tilesPerBlock * MinimumBlocksPerThread * threads.Count;
        if (isShared)
        {
            tilesPerBlock = Math.Min(tiles.Count, MaximumSharedTiles);
        }
    }

    public override string Algorithm { get; }

    public override int InputHalo => specification.PadTop;

    private int InputBlocks => HostTensor.BlocksOf(Input.Channels);

    /// <summary>Floats from one element of a block's transformed inputs to the next.</summary>
    private nint InputElement => ((nint)InputBlocks * tilesPerBlock * HostTensor.BlockChannels) + ElementGap;

    /// <summary>Floats from one element of a block's products with a group of outputs to the next.</summary>
    private nint ProductElement => ((nint)filter.OutputsPerGroup * tilesPerBlock) + ElementGap;

    private long InputBytes => sizeof(float) * (long)InputElement * transforms.Elements;

    private long ProductBytes => sizeof(float) * (long)ProductElement * transforms.Elements;

    public override void Run(Tensor input, Tensor output)
    {
        var source = Require<HostTensor>(input, Input, InputHalo);
        var destination = Require<HostTensor>(output, Output);
        destination.ClearHalo();
        var blocks = (tiles.Count + tilesPerBlock - 1) / tilesPerBlock;
        if (isShared)
        {
            for (var block = 0; block < blocks; block++)
            {
                RunShared(source, destination, block * tilesPerBlock);
            }
        }
        else
        {
            threads.For(blocks, block => RunPrivate(source, destination, block * tilesPerBlock));
        }
    }

    private void RunPrivate(HostTensor source, HostTensor destination, int firstTile)
    {
        var memory = scratch.Rent(InputBytes + ProductBytes);
        var products = memory.Start + (InputBytes / sizeof(float));
        for (var block = 0; block < InputBlocks; block++)
        {
            TransformInput(source, block, firstTile, memory.Start);
        }

        for (var group = 0; group < filter.Groups; group++)
        {
            Multiply(memory.Start, group, firstTile, products);
            TransformOutput(products, group, firstTile, destination);
        }

        scratch.Return(memory);
    }

    private void RunShared(HostTensor source, HostTensor destination, int firstTile)
    {
        var inputs = scratch.Rent(InputBytes);
        threads.For(InputBlocks, block => TransformInput(source, block, firstTile, inputs.Start));
        threads.For(filter.Groups, group =>
        {
            var products = scratch.Rent(ProductBytes);
            Multiply(inputs.Start, group, firstTile, products.Start);
            TransformOutput(products.Start, group, firstTile, destination);
            scratch.Return(products);
        });
        scratch.Return(inputs);
    }

    private int TilesOf(int firstTile) => Math.Min(tilesPerBlock, tiles.Count - firstTile);

    private void TransformInput(HostTensor source, int block, int firstTile, float* elements)
    {
        var patch = stackalloc float[transforms.Elements * HostTensor.BlockChannels];
        var destination = elements + ((nint)block * tilesPerBlock * HostTensor.BlockChannels);
        for (var i = 0; i < TilesOf(firstTile); i++, destination += HostTensor.BlockChannels)
        {
            var (image, row, column) = tiles.PatchOf(firstTile + i);
            var inside = row + transforms.Patch <= Input.Height + source.Halo && column + transforms.Patch <= Input.Width + source.Halo;
            if (!inside)
            {
                CopyPatch(source, image, block, row, column, patch);
            }

            transforms.Input(
                inside ? source.At(image, block, row, column) : patch,
                inside ? source.RowStride : transforms.Patch * HostTensor.BlockChannels,
                destination,
                InputElement);
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

    /// <summary>For every element: products[element][block of 16 outputs][tile][16] = inputs * weights.</summary>
    private void Multiply(float* inputs, int group, int firstTile, float* products)
    {
        var offsets = stackalloc nint[InputBlocks];
        for (var block = 0; block < InputBlocks; block++)
        {
            offsets[block] = (nint)block * tilesPerBlock * HostTensor.BlockChannels;
        }

        var count = TilesOf(firstTile);
        var runs = (count + kernels.MaximumRows - 1) / kernels.MaximumRows;
        var channelBlock = (nint)tilesPerBlock * HostTensor.BlockChannels;
        var outputVector = kernels.VectorLength == HostTensor.BlockChannels ? channelBlock : kernels.VectorLength;
        for (var element = 0; element < transforms.Elements; element++)
        {
            var elementInputs = inputs + (element * InputElement);
            for (var output = 0; output < filter.OutputsOf(group); output += filter.OutputsPerBlock)
            {
                var vectors = Math.Min(filter.OutputsPerBlock, filter.OutputsOf(group) - output) / kernels.VectorLength;
                var weights = filter.Weights(group, element, output);
                var destination = products + (element * ProductElement)
                    + (output / HostTensor.BlockChannels * channelBlock) + (output % HostTensor.BlockChannels);
                for (int run = 0, tile = 0; run < runs; run++)
                {
                    // Runs of nearly equal length: a short last one would waste registers.
                    var rows = (count - tile) / (runs - run);
                    kernels.Run(
                        rows, vectors,
                        elementInputs + (tile * HostTensor.BlockChannels), offsets, InputBlocks, HostTensor.BlockChannels, weights,
                        filter.Zeros, 0, 0,
                        destination + (tile * HostTensor.BlockChannels), outputVector,
                        relu: false);
                    tile += rows;
                }
            }
        }
    }

    private void TransformOutput(float* products, int group, int firstTile, HostTensor destination)
    {
        var step = tiles.OutputStep;
        var ragged = stackalloc float[step * step * HostTensor.BlockChannels];
        var minimum = specification.Relu ? 0 : float.NegativeInfinity;
        for (var output = 0; output < filter.OutputsOf(group); output += HostTensor.BlockChannels)
        {
            var block = ((group * filter.OutputsPerGroup) + output) / HostTensor.BlockChannels;
            var source = products + ((nint)output * tilesPerBlock);
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
