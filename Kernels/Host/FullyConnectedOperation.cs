using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Kernels.Host;

/// <summary>
/// The loops around <see cref="FullyConnectedKernels"/>. The depth is cut into slices and the outputs into slabs; an item of work is
/// the part of the weights that lies in both, multiplied with the inputs of every position.
/// <code>
/// for each slice, for each slab                    items of work; sums of a slab stay in a core's L2 cache
///   for each group of 8 rows of the slice          read once, front to back
///     for each run of positions                    those that are evenly spaced in memory
/// then for each block of outputs                   sums of the slices, added in order, bias, ReLU
/// </code>
/// Cuts depend on the shape alone, so results are equal bits for any number of threads.
/// <para>
/// Flops 2 * positions * depth * outputs. Bound by reading the weights up to about 8 positions, then by the FMA units: the three
/// layers of VGG-16 take 15 ms for one position, 16 for 8 and 45 for 32 on two threads of an AMD EPYC (Zen 4, AVX-512), and fc6 over
/// 18x26 positions 0.48 s, 201 GFLOP/s.
/// </para>
/// </summary>
internal sealed unsafe class FullyConnectedOperation : Operation
{
    /// <summary>Sums that an item of work adds to again and again: a quarter of a usual L2 cache.</summary>
    private const int SlabBytes = 256 << 10;

    /// <summary>Groups of a slice, at least: 2 MB of a layer with 4096 outputs.</summary>
    private const int SliceGroups = 16;

    /// <summary>Memory for the sums of all slices, where there is a choice.</summary>
    private const int SumsBytes = 8 << 20;

    private readonly ConvolutionSpecification specification;
    private readonly FullyConnectedFilter filter;
    private readonly FullyConnectedKernelTable kernels;
    private readonly HostThreads threads;
    private readonly int positions;
    private readonly int slabs;
    private readonly int slices;
    private readonly HostBuffer sums;

    public FullyConnectedOperation(
        string algorithm, ConvolutionSpecification specification, FullyConnectedFilter filter, FullyConnectedKernelTable kernels, HostThreads threads)
        : base(specification.Input, specification.Output, specification.CostWith(filter.Bytes + filter.BytesInPlace))
    {
        Algorithm = algorithm;
        this.specification = specification;
        this.filter = filter;
        this.kernels = kernels;
        this.threads = threads;
        positions = checked((int)Output.Positions);
        var bytesPerVector = sizeof(float) * (long)kernels.VectorLength * positions;
        slabs = (int)Math.Clamp(filter.Vectors * bytesPerVector / SlabBytes, 1, filter.Vectors);
        slices = (int)Math.Clamp(SumsBytes / (filter.Vectors * bytesPerVector), 1, Math.Max(1, filter.Groups / SliceGroups));
        sums = new HostBuffer(slices * filter.Vectors * bytesPerVector);
    }

    public override string Algorithm { get; }

    public override int InputHalo => specification.Padding == Padding.Same
        ? Math.Max(specification.Filter.KernelHeight, specification.Filter.KernelWidth) / 2
        : 0;

    /// <summary>Floats from one slice's sums to the next's.</summary>
    private nint SliceStride => (nint)filter.Vectors * VectorStride;

    /// <summary>Floats from the sums of one vector of outputs to the next.</summary>
    private nint VectorStride => (nint)positions * kernels.VectorLength;

    public override void Run(Tensor input, Tensor output)
    {
        var source = Require<HostTensor>(input, Input, InputHalo);
        var destination = Require<HostTensor>(output, Output);
        destination.ClearHalo();
        var runs = Runs(source);
        threads.For(slices * slabs, item => Multiply(source, runs, item / slabs, item % slabs));
        threads.For(destination.Blocks, block => Finish(destination, block));
    }

    protected override void Dispose(bool disposing)
    {
        sums.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Positions as runs: the images of a batch that have one each, else the pixels of a row or of an image.</summary>
    private PositionRun[] Runs(HostTensor source)
    {
        if (Output.Height == 1 && Output.Width == 1)
        {
            return [new PositionRun(At(source, 0, 0), source.ImageStride, Output.Batch)];
        }

        var rowsFollow = source.RowStride == (nint)Output.Width * HostTensor.BlockChannels;
        var (runHeight, runWidth) = rowsFollow ? (Output.Height, Output.Height * Output.Width) : (1, Output.Width);
        return [.. from n in Enumerable.Range(0, Output.Batch)
                   from y in Enumerable.Range(0, Output.Height / runHeight)
                   select new PositionRun(At(source, n, y), HostTensor.BlockChannels, runWidth)];
    }

    /// <summary>The first input that a row of outputs needs.</summary>
    private nint At(HostTensor source, int image, int row) =>
        (nint)source.At(image, 0, row - specification.PadTop, -specification.PadLeft);

    private void Multiply(HostTensor source, PositionRun[] runs, int slice, int slab)
    {
        var (vectors, groups) = (new EvenParts(filter.Vectors, slabs), new EvenParts(filter.Groups, slices));
        var (firstVector, vectorsEnd) = (vectors.Start(slab), vectors.Start(slab + 1));
        var start = sums.Start + (slice * SliceStride) + (firstVector * VectorStride);
        new Span<float>(start, checked((int)((vectorsEnd - firstVector) * VectorStride))).Clear();
        for (var group = groups.Start(slice); group < groups.Start(slice + 1); group++)
        {
            var offset = Offset(source, group);
            var destination = start;
            foreach (var run in runs)
            {
                filter.Multiply(group, firstVector, vectorsEnd, (float*)run.Start + offset, run.Stride, run.Positions, destination, VectorStride);
                destination += (nint)run.Positions * kernels.VectorLength;
            }
        }
    }

    /// <summary>Floats from the first input of a position to those of a group.</summary>
    private nint Offset(HostTensor source, int group)
    {
        var (position, channel) = filter.Place(group);
        var (row, column) = Math.DivRem(position, specification.Filter.KernelWidth);
        return (channel / HostTensor.BlockChannels * source.BlockStride) + (row * source.RowStride)
            + ((nint)column * HostTensor.BlockChannels) + (channel % HostTensor.BlockChannels);
    }

    private void Finish(HostTensor destination, int block)
    {
        var vectorsPerBlock = HostTensor.BlockChannels / kernels.VectorLength;
        for (var part = 0; part < vectorsPerBlock; part++)
        {
            var vector = (block * vectorsPerBlock) + part;
            var source = sums.Start + (vector * VectorStride);
            for (var position = 0; position < positions; position++, source += kernels.VectorLength)
            {
                var (row, column) = Math.DivRem(position, Output.Width);
                var pixel = destination.At(row / Output.Height, block, row % Output.Height, column) + (part * kernels.VectorLength);
                kernels.Finish(source, SliceStride, slices, filter.Bias(vector), specification.Relu, pixel);
            }
        }
    }

    /// <summary>Positions whose inputs are evenly spaced.</summary>
    /// <param name="Start">Address of the first input of the first.</param>
    /// <param name="Stride">Floats from one position to the next.</param>
    /// <param name="Positions">How many.</param>
    private readonly record struct PositionRun(nint Start, nint Stride, int Positions);
}
