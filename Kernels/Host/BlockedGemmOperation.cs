using System.Runtime.Intrinsics;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Kernels.Host;

/// <summary>
/// The loops of a blocked matrix product, [positions, depth] * [depth, outputs], around <see cref="IMatrixProducts"/>. Depth is the kernel's
/// positions times the input's blocks of 16 channels.
/// <code>
/// for each segment of up to 1024 positions         of a map that can be used as it is: all positions
///   for each block of 16 of the depth              copies the inputs: [block][position][16], as a map has them
///   for each 256 outputs with AVX-512              items of work
///     for each chunk of 512 of the depth
///       packs the weights as products take them: 512 KB
///       for each run of up to 256 positions        whose inputs of the chunk stay in the L2 cache, 512 KB
///         adds the products to the sums so far
///     copies the sums to the output, with bias and ReLU
/// </code>
/// Flops 2 * positions * depth * outputs, bound by the units that multiply. Bytes: weights and inputs once from memory, inputs once an
/// item from the last cache. Results are equal bits for any number of threads.
/// <para>
/// Measured on two threads of an Intel Xeon, by turns, 468 positions: fc7 57 ms in float32 and 25 on the matrix unit; fc6 of 7x7 positions
/// on the matrix unit 0.8 to 1.04 of the time of Winograd's F(2x2, 7x7) in float32, as other processes leave it the cores. With half as many
/// outputs an item and twice as many positions a run fc6 took 1.1 to 1.25 of that time. The whole network over a map of 768x1024 pixels with weights in 20 bits: 0.96
/// to 1.1 s where fully connected kernels took fc6, 1.16 to 1.34 s.
/// </para>
/// </summary>
internal sealed unsafe class BlockedGemmOperation : Operation
{
    private const int BlockChannels = HostTensor.BlockChannels;

    /// <summary>Blocks of 16 of the depth whose products are added at once.</summary>
    private const int ChunkBlocks = 32;

    /// <summary>Vectors of outputs of an item of work.</summary>
    private const int ItemVectors = 16;

    /// <summary>Positions whose inputs of a chunk stay in the L2 cache.</summary>
    private const int PositionsAtOnce = 256;

    /// <summary>Positions whose inputs are copied at once: 100 MB for fc6 of VGG-16.</summary>
    private const int MaximumSegment = 1024;

    private readonly ConvolutionSpecification specification;
    private readonly FullyConnectedFilter filter;
    private readonly IMatrixProducts products;
    private readonly HostThreads threads;
    private readonly HostScratch scratch;
    private readonly int positions;
    private readonly int inputBlocks;
    private readonly int depthBlocks;

    public BlockedGemmOperation(
        string algorithm, ConvolutionSpecification specification, FullyConnectedFilter filter, IMatrixProducts products, HostThreads threads,
        HostScratch scratch)
        : base(specification.Input, specification.Output, specification.CostWith(filter.Bytes + filter.BytesInPlace))
    {
        Algorithm = algorithm;
        this.specification = specification;
        this.filter = filter;
        this.products = products;
        this.threads = threads;
        this.scratch = scratch;
        positions = checked((int)Output.Positions);
        inputBlocks = HostTensor.BlocksOf(Input.Channels);
        depthBlocks = inputBlocks * specification.Filter.KernelHeight * specification.Filter.KernelWidth;
    }

    public override string Algorithm { get; }

    public override int InputHalo => specification.PadTop;

    public override long WorkingBytes => IsMap
        ? threads.Count * ItemBytes(Whole)
        : CopyBytes(FirstSegment) + (threads.Count * ItemBytes(FirstSegment));

    /// <summary>Outputs of an item of work.</summary>
    private int ItemOutputs => ItemVectors * filter.VectorLength;

    /// <summary>Floats of a chunk's packed weights.</summary>
    private nint WeightsFloats => (nint)ChunkBlocks * BlockChannels * ItemOutputs;

    /// <summary>Whether products take the input as a map without a halo has it.</summary>
    private bool IsMap => Output.Batch == 1 && depthBlocks == inputBlocks && products.ArrangedBlocks == 1;

    /// <summary>All positions, as a map has them.</summary>
    private Segment Whole => new(0, positions, positions);

    private Segment FirstSegment => SegmentFrom(0);

    public override void Run(Tensor input, Tensor output)
    {
        var source = Require<HostTensor>(input, Input, InputHalo);
        var destination = Require<HostTensor>(output, Output);
        destination.ClearHalo();
        if (IsMap && source.BlockStride == Whole.BlockStride)
        {
            Multiply(source.At(0, 0, 0, 0), Whole, destination);
            return;
        }

        for (var segment = FirstSegment; segment.Count > 0; segment = SegmentFrom(segment.First + segment.Count))
        {
            var copy = scratch.Rent(CopyBytes(segment));
            threads.For(depthBlocks / products.ArrangedBlocks, item => CopyInputs(source, item * products.ArrangedBlocks, segment, copy.Start));
            Multiply(copy.Start, segment, destination);
            scratch.Return(copy);
        }
    }

    private Segment SegmentFrom(int first)
    {
        var count = Math.Min(MaximumSegment, positions - first);
        return new Segment(first, count, (count + products.AddedRows - 1) / products.AddedRows * products.AddedRows);
    }

    private void Multiply(float* inputs, Segment segment, HostTensor destination)
    {
        threads.For((filter.Vectors + ItemVectors - 1) / ItemVectors, item =>
        {
            var vector = item * ItemVectors;
            MultiplyItem(inputs, segment, destination, vector, Math.Min(vector + ItemVectors, filter.Vectors));
        });
    }

    /// <summary>Image, row and column of the output.</summary>
    private (int Image, int Row, int Column) Place(int position)
    {
        var (row, column) = Math.DivRem(position, Output.Width);
        return (row / Output.Height, row % Output.Height, column);
    }

    /// <summary>Copies the blocks of the depth that are arranged together, the first of which is given, and arranges them.</summary>
    private void CopyInputs(HostTensor source, int firstBlock, Segment segment, float* copy)
    {
        for (var depthBlock = firstBlock; depthBlock < firstBlock + products.ArrangedBlocks; depthBlock++)
        {
            CopyBlock(source, depthBlock, segment, copy + (depthBlock * segment.BlockStride));
        }

        products.ArrangeInputs(copy + (firstBlock * segment.BlockStride), segment.Count, BlockChannels, segment.BlockStride);
    }

    /// <summary>A block's 16 channels at a position of the kernel, for a segment of positions of the output.</summary>
    private void CopyBlock(HostTensor source, int depthBlock, Segment segment, float* destination)
    {
        var (position, block) = Math.DivRem(depthBlock, inputBlocks);
        var (kernelRow, kernelColumn) = Math.DivRem(position, specification.Filter.KernelWidth);
        for (var done = 0; done < segment.Count;)
        {
            var (image, y, x) = Place(segment.First + done);
            var length = Math.Min(Output.Width - x, segment.Count - done);
            var row = source.At(image, block, y + kernelRow - specification.PadTop, x + kernelColumn - specification.PadLeft);
            new ReadOnlySpan<float>(row, length * BlockChannels).CopyTo(new Span<float>(destination + (done * BlockChannels), length * BlockChannels));
            done += length;
        }
    }

    private long CopyBytes(Segment segment) => sizeof(float) * depthBlocks * segment.BlockStride;

    /// <summary>Memory of an item of work: packed weights and sums.</summary>
    private long ItemBytes(Segment segment) => sizeof(float) * (WeightsFloats + (HostTensor.BlocksOf(ItemOutputs) * segment.BlockStride));

    private void MultiplyItem(float* inputs, Segment segment, HostTensor destination, int firstVector, int vectorsEnd)
    {
        var outputs = (((vectorsEnd - firstVector) * filter.VectorLength) + products.OutputStep - 1) / products.OutputStep * products.OutputStep;
        var buffer = scratch.Rent(ItemBytes(segment));
        var weights = buffer.Start;
        var sums = weights + WeightsFloats;
        for (var chunk = 0; chunk < depthBlocks; chunk += ChunkBlocks)
        {
            var blocks = Math.Min(ChunkBlocks, depthBlocks - chunk);
            PackWeights(chunk, blocks, firstVector, vectorsEnd, outputs, weights);
            for (var first = 0; first < segment.Rows; first += PositionsAtOnce)
            {
                var rows = Math.Min(PositionsAtOnce, segment.Rows - first);
                products.Begin(rows);
                products.Multiply(new MatrixProduct
                {
                    Inputs = inputs + (chunk * segment.BlockStride) + ((nint)first * BlockChannels),
                    Rows = rows,
                    BlockStride = segment.BlockStride,
                    Weights = weights,
                    InputChannels = blocks * BlockChannels,
                    Outputs = outputs,
                    Sums = sums + ((nint)first * BlockChannels),
                    IsAdded = chunk > 0,
                    Upcoming = weights,
                });
                products.End();
            }
        }

        for (var vector = firstVector; vector < vectorsEnd; vector++)
        {
            var (block, lane) = Math.DivRem((vector - firstVector) * filter.VectorLength, BlockChannels);
            CopySums(sums + (block * segment.BlockStride) + lane, segment, destination, vector);
        }

        scratch.Return(buffer);
    }

    /// <summary>Weights of a chunk as products take them; channels that the input does not have, and outputs that the filter does not have, weigh nothing.</summary>
    private void PackWeights(int chunk, int blocks, int firstVector, int vectorsEnd, int outputs, float* destination)
    {
        const int groupsPerBlock = BlockChannels / FullyConnectedFilter.GroupRows;
        var depth = blocks * BlockChannels;
        if (Input.Channels % BlockChannels != 0 || outputs > (vectorsEnd - firstVector) * filter.VectorLength)
        {
            new Span<float>(destination, depth * outputs).Clear();
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
                var output = (vector - firstVector) * filter.VectorLength;
                var (firstOutput, part) = (output / products.OutputsPerBlock * products.OutputsPerBlock, output % products.OutputsPerBlock);
                var rowFloats = Math.Min(products.OutputsPerBlock, outputs - firstOutput);
                var row = destination + ((nint)firstOutput * depth) + ((nint)group * FullyConnectedFilter.GroupRows * rowFloats) + part;
                filter.CopyRows(filter.GroupAt(position, channel), vector, row, rowFloats);
            }
        }

        for (var output = 0; output < outputs; output += products.OutputsPerBlock)
        {
            products.ArrangeWeights(destination + ((nint)output * depth), depth, Math.Min(products.OutputsPerBlock, outputs - output));
        }
    }

    private void CopySums(float* sums, Segment segment, HostTensor destination, int vector)
    {
        var minimum = Vector128.Create(specification.Relu ? 0 : float.NegativeInfinity);
        var bias = filter.Bias(vector);
        var (block, firstLane) = Math.DivRem(vector * filter.VectorLength, BlockChannels);
        for (var i = 0; i < segment.Count; i++, sums += BlockChannels)
        {
            var (image, row, column) = Place(segment.First + i);
            var pixel = destination.At(image, block, row, column) + firstLane;
            for (var lane = 0; lane < filter.VectorLength; lane += Vector128<float>.Count)
            {
                Vector128.Max(Vector128.Load(sums + lane) + Vector128.Load(bias + lane), minimum).Store(pixel + lane);
            }
        }
    }

    /// <summary>Positions that are multiplied together.</summary>
    /// <param name="First">The first of the output's positions.</param>
    /// <param name="Count">How many.</param>
    /// <param name="Rows">Rows of the products: as many, or some more that mean nothing.</param>
    private readonly record struct Segment(int First, int Count, int Rows)
    {
        /// <summary>Floats of a block of the depth, or of the sums of 16 outputs.</summary>
        public nint BlockStride => (nint)Rows * BlockChannels;
    }
}
