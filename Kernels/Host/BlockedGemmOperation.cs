using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Kernels.Host;

/// <summary>
/// The loops of a blocked matrix product, [positions, depth] * [depth, outputs], around <see cref="DirectKernels"/>. Depth is the kernel's
/// positions times the input's blocks of 16 channels.
/// <code>
/// for each block of 16 of the depth                copies the inputs of all positions: [block][position][16], as a map has them
/// for each 8 vectors of outputs                    items of work: two blocks of 64 outputs with AVX-512
///   for each chunk of 512 of the depth
///     for each block of outputs                    packs the weights as micro-kernels stream them: 128 KB
///     for each run of up to 504 positions          whose inputs of the chunk stay in the L2 cache, 1 MB
///       for each block of outputs                  adds the products to the sums so far; at last ReLU
///   copies the sums to the output
/// </code>
/// Flops 2 * positions * depth * outputs, bound by the FMA units. Bytes: weights and inputs once from memory, inputs once an item from
/// the last cache. Results are equal bits for any number of threads.
/// </summary>
internal sealed unsafe class BlockedGemmOperation : Operation
{
    private const int BlockChannels = HostTensor.BlockChannels;

    /// <summary>Blocks of 16 of the depth that are summed in registers at once.</summary>
    private const int ChunkBlocks = 32;

    /// <summary>Vectors of outputs of an item of work.</summary>
    private const int ItemVectors = 8;

    /// <summary>Positions whose inputs of a chunk stay in the L2 cache.</summary>
    private const int PositionsAtOnce = 504;

    private readonly ConvolutionSpecification specification;
    private readonly FullyConnectedInPlaceFilter filter;
    private readonly DirectKernelTable kernels;
    private readonly HostThreads threads;
    private readonly HostScratch scratch;
    private readonly int positions;
    private readonly int inputBlocks;
    private readonly int depthBlocks;

    public BlockedGemmOperation(
        string algorithm, ConvolutionSpecification specification, FullyConnectedInPlaceFilter filter, DirectKernelTable kernels, HostThreads threads,
        HostScratch scratch)
        : base(specification.Input, specification.Output, specification.Cost)
    {
        Algorithm = algorithm;
        this.specification = specification;
        this.filter = filter;
        this.kernels = kernels;
        this.threads = threads;
        this.scratch = scratch;
        positions = checked((int)Output.Positions);
        inputBlocks = HostTensor.BlocksOf(Input.Channels);
        depthBlocks = inputBlocks * specification.Filter.KernelHeight * specification.Filter.KernelWidth;
    }

    public override string Algorithm { get; }

    public override int InputHalo => specification.PadTop;

    /// <summary>Blocks of outputs of an item of work.</summary>
    private int ItemBlocks => ItemVectors / kernels.MaximumVectors;

    /// <summary>Floats of a block of the depth: all positions.</summary>
    private nint DepthBlock => (nint)positions * BlockChannels;

    /// <summary>Floats of a chunk's packed weights of a block of outputs.</summary>
    private nint WeightsBlock => (nint)ChunkBlocks * BlockChannels * kernels.OutputChannels;

    /// <summary>Floats of the sums of a block of outputs, as whole blocks of 16.</summary>
    private nint SumsBlock => HostTensor.BlocksOf(kernels.OutputChannels) * DepthBlock;

    /// <summary>Floats from the sums of a vector of outputs to those of the next: two of AVX2 share a block of 16.</summary>
    private nint SumsVector => kernels.VectorLength == BlockChannels ? DepthBlock : kernels.VectorLength;

    public override void Run(Tensor input, Tensor output)
    {
        var source = Require<HostTensor>(input, Input, InputHalo);
        var destination = Require<HostTensor>(output, Output);
        destination.ClearHalo();
        if (Output.Batch == 1 && depthBlocks == inputBlocks && source.BlockStride == DepthBlock)
        {
            Multiply(source.At(0, 0, 0, 0), destination);
            return;
        }

        var copy = scratch.Rent(sizeof(float) * depthBlocks * DepthBlock);
        threads.For(depthBlocks, block => CopyInputs(source, block, copy.Start + (block * DepthBlock)));
        Multiply(copy.Start, destination);
        scratch.Return(copy);
    }

    private void Multiply(float* inputs, HostTensor destination)
    {
        threads.For((filter.Vectors + ItemVectors - 1) / ItemVectors, item =>
        {
            var vector = item * ItemVectors;
            MultiplyItem(inputs, destination, vector, Math.Min(vector + ItemVectors, filter.Vectors));
        });
    }

    /// <summary>A block's 16 channels at a position of the kernel, for all positions of the output.</summary>
    private void CopyInputs(HostTensor source, int depthBlock, float* destination)
    {
        var (position, block) = Math.DivRem(depthBlock, inputBlocks);
        var (kernelRow, kernelColumn) = Math.DivRem(position, specification.Filter.KernelWidth);
        for (var n = 0; n < Output.Batch; n++)
        {
            for (var y = 0; y < Output.Height; y++, destination += (nint)Output.Width * BlockChannels)
            {
                var row = source.At(n, block, y + kernelRow - specification.PadTop, kernelColumn - specification.PadLeft);
                new ReadOnlySpan<float>(row, Output.Width * BlockChannels).CopyTo(new Span<float>(destination, Output.Width * BlockChannels));
            }
        }
    }

    private void MultiplyItem(float* inputs, HostTensor destination, int firstVector, int vectorsEnd)
    {
        var buffer = scratch.Rent(sizeof(float) * ItemBlocks * (WeightsBlock + SumsBlock));
        var weights = buffer.Start;
        var sums = weights + (ItemBlocks * WeightsBlock);
        for (var chunk = 0; chunk < depthBlocks; chunk += ChunkBlocks)
        {
            var blocks = Math.Min(ChunkBlocks, depthBlocks - chunk);
            PackWeights(chunk, blocks, firstVector, vectorsEnd, weights);
            for (var first = 0; first < positions; first += PositionsAtOnce)
            {
                for (int vector = firstVector, block = 0; vector < vectorsEnd; vector += kernels.MaximumVectors, block++)
                {
                    MultiplyChunk(
                        inputs, chunk, blocks, first, Math.Min(PositionsAtOnce, positions - first), vector,
                        Math.Min(kernels.MaximumVectors, vectorsEnd - vector), weights + (block * WeightsBlock), sums + (block * SumsBlock));
                }
            }
        }

        for (var vector = firstVector; vector < vectorsEnd; vector++)
        {
            var (block, part) = Math.DivRem(vector - firstVector, kernels.MaximumVectors);
            CopySums(sums + (block * SumsBlock) + (part * SumsVector), destination, vector);
        }

        scratch.Return(buffer);
    }

    /// <summary>Weights of a chunk as <c>[block of outputs][depth][outputs of the block]</c>; channels that the input does not have weigh nothing.</summary>
    private void PackWeights(int chunk, int blocks, int firstVector, int vectorsEnd, float* destination)
    {
        const int groupsPerBlock = BlockChannels / FullyConnectedFilter.GroupRows;
        if (Input.Channels % BlockChannels != 0)
        {
            new Span<float>(destination, checked((int)(ItemBlocks * WeightsBlock))).Clear();
        }

        for (var group = 0; group < blocks * groupsPerBlock; group++)
        {
            var (position, block) = Math.DivRem(chunk + (group / groupsPerBlock), inputBlocks);
            var channel = (block * BlockChannels) + (group % groupsPerBlock * FullyConnectedFilter.GroupRows);
            if (channel >= Input.Channels)
            {
                continue;
            }

            for (var vector = firstVector; vector < vectorsEnd; vector++)
            {
                var (outputBlock, part) = Math.DivRem(vector - firstVector, kernels.MaximumVectors);
                var rowFloats = Math.Min(kernels.MaximumVectors, vectorsEnd - vector + part) * kernels.VectorLength;
                var source = filter.Weights(filter.GroupAt(position, channel), vector, vector + 1);
                var row = destination + (outputBlock * WeightsBlock) + ((nint)group * FullyConnectedFilter.GroupRows * rowFloats) + (part * kernels.VectorLength);
                for (var r = 0; r < source.Rows; r++, row += rowFloats)
                {
                    HostPrefetch.FetchAhead(source.Start + ((FullyConnectedFilter.GroupRows + r) * source.RowStride));
                    new ReadOnlySpan<float>(source.Start + (r * source.RowStride), kernels.VectorLength).CopyTo(new Span<float>(row, kernels.VectorLength));
                }
            }
        }
    }

    /// <summary>Adds the products of a chunk's inputs and weights, for a range of positions and one block of outputs, to the sums.</summary>
    private void MultiplyChunk(
        float* inputs, int chunk, int blocks, int firstPosition, int count, int vector, int vectors, float* weights, float* sums)
    {
        var offsets = stackalloc nint[ChunkBlocks];
        for (var b = 0; b < blocks; b++)
        {
            offsets[b] = (chunk + b) * DepthBlock;
        }

        var (isFirst, isLast) = (chunk == 0, chunk + blocks == depthBlocks);
        var runs = EvenParts.OfAtMost(count, kernels.MaximumRows(vectors));
        for (var run = 0; run < runs.Count; run++)
        {
            var pixel = (nint)(firstPosition + runs.Start(run)) * BlockChannels;
            var output = sums + pixel;
            kernels.Run(
                runs.LengthOf(run), vectors, inputs + pixel, offsets, blocks, BlockChannels, weights, UpcomingWeights.None(weights),
                isFirst ? filter.Bias(vector) : output, isFirst ? 0 : BlockChannels, isFirst ? kernels.VectorLength : SumsVector,
                output, SumsVector, specification.Relu && isLast);
        }
    }

    private void CopySums(float* sums, HostTensor destination, int vector)
    {
        var (block, lane) = Math.DivRem(vector * kernels.VectorLength, BlockChannels);
        for (var position = 0; position < positions; position++, sums += BlockChannels)
        {
            var (row, column) = Math.DivRem(position, Output.Width);
            var pixel = destination.At(row / Output.Height, block, row % Output.Height, column) + lane;
            new ReadOnlySpan<float>(sums, kernels.VectorLength).CopyTo(new Span<float>(pixel, kernels.VectorLength));
        }
    }
}
