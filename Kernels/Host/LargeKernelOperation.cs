using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Kernels.Host;

/// <summary>
/// The loops of Winograd's F(2x2, 7x7): transformed inputs are shared by all outputs, transformed weights live in a core's cache.
/// <code>
/// for each run of up to 128 tiles
///   for each block of 16 channels                  transforms the tiles: 17 MB of 512 channels
///   for each 8 vectors of outputs                  items of work: two blocks of 64 outputs with AVX-512
///     for each chunk of 64 channels                copies and transforms its weights: 2 MB
///       for each block of outputs
///         for each of the 64 points                a product [tiles, 64] * [64, outputs] by DirectKernels, added to the sums so far
///     for each tile                                transforms its sums, bias, ReLU
/// </code>
/// Flops of the products 2 * 64 * tiles * in * out, 3.06 times fewer than the definition's; bound by the FMA units.
/// Results are equal bits for any number of threads.
/// <para>
/// Measured for fc6 over 18x26 positions on one thread of a busy AMD EPYC (Zen 4, AVX-512), with items a quarter as large: 0.59 s of
/// processor time, of which the weights took 0.2 s, where the definition takes 0.95 s. On two threads of an Intel Xeon (AVX-512): 0.18 to
/// 0.22 s, a third of it for the weights; 0.9 of the time without fetching them ahead.
/// </para>
/// </summary>
internal sealed unsafe class LargeKernelOperation : Operation
{
    private const int Points = LargeKernelTransforms.Points * LargeKernelTransforms.Points;
    private const int BlockChannels = HostTensor.BlockChannels;

    /// <summary>Tiles that share a transform of the weights: an item's sums take 4 MB.</summary>
    private const int MaximumTiles = 128;

    /// <summary>Blocks of channels whose products are summed in registers: with fewer, an item's sums are read more often.</summary>
    private const int ChunkBlocks = 4;

    /// <summary>Vectors of outputs of an item of work: with fewer, a row of the weights is read in shorter pieces.</summary>
    private const int ItemVectors = 8;

    private const int KernelPositions = LargeKernelTransforms.Kernel * LargeKernelTransforms.Kernel;

    private readonly ConvolutionSpecification specification;
    private readonly FullyConnectedInPlaceFilter filter;
    private readonly LargeKernelTransformTable transforms;
    private readonly DirectKernelTable kernels;
    private readonly HostThreads threads;
    private readonly int tileRows;
    private readonly int tileColumns;
    private readonly int inputBlocks;
    private readonly HostBuffer transformedTiles;
    private readonly HostScratch scratch;

    public LargeKernelOperation(
        string algorithm, ConvolutionSpecification specification, FullyConnectedInPlaceFilter filter, LargeKernelTransformTable transforms,
        DirectKernelTable kernels, HostThreads threads, HostScratch scratch)
        : base(specification.Input, specification.Output, specification.Cost)
    {
        Algorithm = algorithm;
        this.specification = specification;
        this.filter = filter;
        this.transforms = transforms;
        this.kernels = kernels;
        this.threads = threads;
        this.scratch = scratch;
        (tileRows, tileColumns) = (Tiles(Output.Height), Tiles(Output.Width));
        inputBlocks = HostTensor.BlocksOf(Input.Channels);
        transformedTiles = new HostBuffer(sizeof(float) * Points * PointStride(inputBlocks, Math.Min(MaximumTiles, AllTiles)));
    }

    public override string Algorithm { get; }

    public override long WorkingBytes => transformedTiles.Bytes + (threads.Count * ItemBytes(Math.Min(MaximumTiles, AllTiles)));

    /// <summary>Blocks of outputs of an item of work.</summary>
    private int ItemBlocks => ItemVectors / kernels.MaximumVectors;

    private int AllTiles => checked(Output.Batch * tileRows * tileColumns);

    /// <summary>Floats from one point's weights to the next's; a line more, so that points do not share cache sets.</summary>
    private nint WeightsPoint => (ChunkBlocks * BlockChannels * kernels.OutputChannels) + BlockChannels;

    /// <summary>Floats from one position's copied weights to the next's.</summary>
    private int KernelPosition => (ItemBlocks * kernels.OutputChannels) + BlockChannels;

    /// <summary>Blocks of 16 lanes that hold a block of outputs.</summary>
    private int SumBlocks => HostTensor.BlocksOf(kernels.OutputChannels);

    /// <summary>Tiles in a direction.</summary>
    public static int Tiles(int outputs) => (outputs + LargeKernelTransforms.Outputs - 1) / LargeKernelTransforms.Outputs;

    public override void Run(Tensor input, Tensor output)
    {
        var source = Require<HostTensor>(input, Input);
        var destination = Require<HostTensor>(output, Output);
        destination.ClearHalo();
        for (var first = 0; first < AllTiles; first += MaximumTiles)
        {
            var (firstTile, tiles) = (first, Math.Min(MaximumTiles, AllTiles - first));
            threads.For(inputBlocks, block => TransformTiles(source, block, firstTile, tiles));
            threads.For((filter.Vectors + ItemVectors - 1) / ItemVectors, item =>
            {
                var vector = item * ItemVectors;
                Convolve(destination, firstTile, tiles, vector, Math.Min(vector + ItemVectors, filter.Vectors));
            });
        }
    }

    protected override void Dispose(bool disposing)
    {
        transformedTiles.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Floats from one point's values to the next's, for [block of 16][tile][16]; a line more, so that points do not share cache sets.</summary>
    private static nint PointStride(int blocks, int tiles) => (((nint)blocks * tiles) + 1) * BlockChannels;

    /// <summary>Image, and row and column of the first output, of a tile.</summary>
    private (int Image, int Row, int Column) Place(int tile)
    {
        var (row, column) = Math.DivRem(tile, tileColumns);
        return (row / tileRows, row % tileRows * LargeKernelTransforms.Outputs, column * LargeKernelTransforms.Outputs);
    }

    private void TransformTiles(HostTensor source, int block, int firstTile, int tiles)
    {
        const int side = LargeKernelTransforms.Points;
        var values = stackalloc float[side * side * BlockChannels];
        var point = PointStride(inputBlocks, tiles);
        for (var tile = 0; tile < tiles; tile++)
        {
            var (image, row, column) = Place(firstTile + tile);
            for (var i = 0; i < side; i++)
            {
                for (var j = 0; j < side; j++)
                {
                    var (y, x) = (row + i - specification.PadTop, column + j - specification.PadLeft);
                    var pixel = new Span<float>(values + (((i * side) + j) * BlockChannels), BlockChannels);
                    if (y >= 0 && y < Input.Height && x >= 0 && x < Input.Width)
                    {
                        new ReadOnlySpan<float>(source.At(image, block, y, x), BlockChannels).CopyTo(pixel);
                    }
                    else
                    {
                        pixel.Clear();
                    }
                }
            }

            var destination = transformedTiles.Start + ((((nint)block * tiles) + tile) * BlockChannels);
            for (var lane = 0; lane < BlockChannels; lane += kernels.VectorLength)
            {
                transforms.TransformTile(values + lane, BlockChannels, destination + lane, point);
            }
        }
    }

    /// <summary>Memory of an item of work: transformed weights and sums.</summary>
    private long ItemBytes(int tiles) => sizeof(float) * ItemBlocks * Points * (WeightsPoint + PointStride(SumBlocks, tiles));

    /// <summary>A run of tiles for a range of vectors of outputs.</summary>
    private void Convolve(HostTensor destination, int firstTile, int tiles, int firstVector, int vectorsEnd)
    {
        var step = kernels.MaximumVectors;
        var point = PointStride(SumBlocks, tiles);
        var buffer = scratch.Rent(ItemBytes(tiles));
        var weights = buffer.Start;
        var sums = weights + (ItemBlocks * Points * WeightsPoint);
        for (var block = 0; block < inputBlocks; block += ChunkBlocks)
        {
            var blocks = Math.Min(ChunkBlocks, inputBlocks - block);
            TransformWeights(block * BlockChannels, blocks * BlockChannels, firstVector, vectorsEnd, weights);
            for (var vector = firstVector; vector < vectorsEnd; vector += step)
            {
                var first = (nint)(vector - firstVector) / step * Points;
                for (var p = 0; p < Points; p++)
                {
                    MultiplyPoint(
                        p, tiles, block, blocks, Math.Min(step, vectorsEnd - vector), weights + ((first + p) * WeightsPoint), sums + ((first + p) * point));
                }
            }
        }

        for (var vector = firstVector; vector < vectorsEnd; vector++)
        {
            var (block, part) = Math.DivRem(vector - firstVector, step);
            TransformSums(destination, firstTile, tiles, vector, sums + (block * Points * point) + Lane(part, tiles), point);
        }

        scratch.Return(buffer);
    }

    /// <summary>Transforms the kernels of a range of inputs and of vectors of outputs: [block of outputs][point][input][output].</summary>
    private void TransformWeights(int firstInput, int inputs, int firstVector, int vectorsEnd, float* weights)
    {
        var values = stackalloc float[KernelPositions * KernelPosition];
        for (var i = 0; i < inputs; i++)
        {
            if (firstInput + i < Input.Channels)
            {
                CopyKernels(firstInput + i, firstVector, vectorsEnd, values);
            }
            else
            {
                new Span<float>(values, KernelPositions * KernelPosition).Clear();
            }

            for (var vector = firstVector; vector < vectorsEnd; vector++)
            {
                FetchKernels(firstInput + i + 1, vector, firstVector, vectorsEnd);
                var (block, part) = Math.DivRem(vector - firstVector, kernels.MaximumVectors);
                var blockVectors = Math.Min(kernels.MaximumVectors, vectorsEnd - vector + part);
                transforms.TransformKernel(
                    values + ((vector - firstVector) * kernels.VectorLength), KernelPosition,
                    weights + (block * Points * WeightsPoint) + (((i * blockVectors) + part) * kernels.VectorLength), WeightsPoint);
            }
        }
    }

    /// <summary>An input's kernels at the first position, for the vectors from one on that lie together.</summary>
    private GroupWeights KernelsOf(int input, int vector, int vectorsEnd)
    {
        var group = filter.Weights(input / FullyConnectedFilter.GroupRows, vector, vectorsEnd);
        return new GroupWeights(group.Start + (input % FullyConnectedFilter.GroupRows * group.RowStride), rows: 1, group.RowStride, group.Vectors);
    }

    /// <summary>Fetches a share of an input's kernels, that of a vector, while it is being transformed for an earlier input.</summary>
    private void FetchKernels(int input, int vector, int firstVector, int vectorsEnd)
    {
        if (input >= Input.Channels)
        {
            return;
        }

        var shares = new EvenParts(KernelPositions, vectorsEnd - firstVector);
        var group = KernelsOf(input, firstVector, vectorsEnd);
        for (var position = shares.Start(vector - firstVector); position < shares.Start(vector - firstVector + 1); position++)
        {
            var row = group.Start + (position * Input.Channels * group.RowStride);
            for (var output = 0; output < group.Vectors * kernels.VectorLength; output += HostPrefetch.LineFloats)
            {
                HostPrefetch.FetchAhead(row + output);
            }
        }
    }

    /// <summary>
    /// Copies the kernels of an input for a range of vectors of outputs: [position][output]. Positions lie a power of two apart, 8 MB in
    /// fc6, and share cache sets, from which they would drive each other before all were read.
    /// </summary>
    private void CopyKernels(int input, int firstVector, int vectorsEnd, float* values)
    {
        for (var vector = firstVector; vector < vectorsEnd;)
        {
            var group = KernelsOf(input, vector, vectorsEnd);
            var outputs = group.Vectors * kernels.VectorLength;
            for (var position = 0; position < KernelPositions; position++)
            {
                new ReadOnlySpan<float>(group.Start + (position * Input.Channels * group.RowStride), outputs)
                    .CopyTo(new Span<float>(values + (position * KernelPosition) + ((vector - firstVector) * kernels.VectorLength), outputs));
            }

            vector += group.Vectors;
        }
    }

    /// <summary>Floats from the first of a block's sums to those of one of its vectors: two of AVX2 share a block of 16.</summary>
    private nint Lane(int vector, int tiles)
    {
        var (block, lane) = Math.DivRem(vector * kernels.VectorLength, BlockChannels);
        return ((nint)block * tiles * BlockChannels) + lane;
    }

    private void MultiplyPoint(int point, int tiles, int block, int blocks, int vectors, float* weights, float* sums)
    {
        var offsets = stackalloc nint[ChunkBlocks];
        for (var b = 0; b < blocks; b++)
        {
            offsets[b] = (nint)b * tiles * BlockChannels;
        }

        var zero = stackalloc float[BlockChannels];
        var isFirst = block == 0;
        var source = transformedTiles.Start + (point * PointStride(inputBlocks, tiles)) + ((nint)block * tiles * BlockChannels);
        var runs = EvenParts.OfAtMost(tiles, kernels.MaximumRows(vectors));
        for (var run = 0; run < runs.Count; run++)
        {
            var tile = runs.Start(run);
            var output = sums + (tile * BlockChannels);
            kernels.Run(
                runs.LengthOf(run), vectors, source + (tile * BlockChannels), offsets, blocks, BlockChannels, weights, UpcomingWeights.None(weights),
                isFirst ? zero : output, isFirst ? 0 : BlockChannels, isFirst ? 0 : Lane(1, tiles), output, Lane(1, tiles), relu: false);
        }
    }

    private void TransformSums(HostTensor destination, int firstTile, int tiles, int vector, float* sums, nint point)
    {
        const int side = LargeKernelTransforms.Outputs;
        var outputs = stackalloc float[side * side * BlockChannels];
        var (block, lane) = Math.DivRem(vector * kernels.VectorLength, BlockChannels);
        for (var tile = 0; tile < tiles; tile++)
        {
            transforms.TransformSums(sums + (tile * BlockChannels), point, filter.Bias(vector), specification.Relu, outputs);
            var (image, row, column) = Place(firstTile + tile);
            for (var i = 0; i < side && row + i < Output.Height; i++)
            {
                for (var j = 0; j < side && column + j < Output.Width; j++)
                {
                    new ReadOnlySpan<float>(outputs + (((i * side) + j) * kernels.VectorLength), kernels.VectorLength)
                        .CopyTo(new Span<float>(destination.At(image, block, row + i, column + j) + lane, kernels.VectorLength));
                }
            }
        }
    }
}
