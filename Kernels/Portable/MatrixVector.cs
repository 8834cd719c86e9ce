// out[p,o] = relu(bias[o] + sum_k in[p,k] * weights[k,o]) for a few positions p: fully connected layers.
// in is (P, K), weights is (K, O), out is (P, O); all dense row-major.
// Two launches. Partial sums: one thread per output channel, block of positions and slice of 128 terms, channels fastest, so that
// neighbours read adjacent weights and each weight is read once per block of positions; partial is (slices, P, O).
// Then one thread per output adds the slices in order, so that the result does not depend on timing.
// Bound by the bytes of the weights, 4*K*O; partial sums add 1/16 of that per position. No shared memory, no barriers.
using System.Runtime.CompilerServices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Kernels.Portable;

/// <summary>Fully connected layers at few positions, split over the depth.</summary>
internal sealed class MatrixVector(AcceleratorDevice device) : PortableConvolution(device)
{
    /// <summary>Positions up to which reading the weights, not arithmetic, decides.</summary>
    private const int MaximumPositions = 8;

    private const int SliceDepth = 128;

    /// <summary>Positions that one thread handles in <see cref="BlockKernel"/>.</summary>
    private const int PositionsPerBlock = 4;

    private readonly Lazy<Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, MatrixGeometry>> single =
        new(() => device.Accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, MatrixGeometry>(SingleKernel));

    private readonly Lazy<Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, MatrixGeometry>> block =
        new(() => device.Accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, MatrixGeometry>(BlockKernel));

    private readonly Lazy<Action<AcceleratorStream, Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, MatrixGeometry>> reduction =
        new(() => device.Accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, MatrixGeometry>(ReductionKernel));

    public override string Name => "matrix-vector";

    protected override bool SupportsConvolution(ConvolutionSpecification specification)
    {
        var (input, filter) = (specification.Input, specification.Filter);
        var coversInput = specification.Padding == Padding.Valid && (filter.KernelHeight, filter.KernelWidth) == (input.Height, input.Width);
        var pointwise = (filter.KernelHeight, filter.KernelWidth) == (1, 1);
        return (coversInput || pointwise) && specification.Output.Positions <= MaximumPositions;
    }

    protected override Operation Create(ConvolutionSpecification specification, AcceleratorFilter filter)
    {
        var positions = (int)specification.Output.Positions;
        var slices = (specification.Filter.Depth + SliceDepth - 1) / SliceDepth;
        var geometry = new MatrixGeometry(positions, specification.Filter.Depth, specification.Filter.OutputChannels, slices, specification.Relu ? 1 : 0);
        var multiply = Device.Guard($"compile {Name}", () => positions == 1 ? single.Value : block.Value);
        var reduce = Device.Guard($"compile {Name}", () => reduction.Value);
        var blocks = positions == 1 ? 1 : (positions + PositionsPerBlock - 1) / PositionsPerBlock;
        var partials = (long)slices * positions * geometry.Outputs;
        Device.CheckIndexable(partials, "an intermediate result");
        var threads = slices * blocks * geometry.Outputs;
        return new AcceleratorOperation(
            Device, Name, specification.Input, specification.Output, specification.Cost,
            (input, output, partial) =>
            {
                multiply(Device.Stream, threads, input, filter.Weights, partial, geometry);
                reduce(Device.Stream, positions * geometry.Outputs, partial, filter.Bias, output, geometry);
            },
            partials);
    }

    internal static void SingleKernel(Index1D index, ArrayView<float> input, ArrayView<float> weights, ArrayView<float> partial, MatrixGeometry g)
    {
        var channel = index % g.Outputs;
        var slice = index / g.Outputs;
        var last = IntrinsicMath.Min(slice * SliceDepth + SliceDepth, g.Depth);
        var sum = 0f;
        for (var k = slice * SliceDepth; k < last; k++)
        {
            sum += input[k] * weights[k * g.Outputs + channel];
        }

        partial[index] = sum;
    }

    internal static void BlockKernel(Index1D index, ArrayView<float> input, ArrayView<float> weights, ArrayView<float> partial, MatrixGeometry g)
    {
        // Blocks of one slice lie beside each other, so that they find its weights in the cache.
        var blocks = (g.Positions + PositionsPerBlock - 1) / PositionsPerBlock;
        var channel = index % g.Outputs;
        var position = index / g.Outputs % blocks * PositionsPerBlock;
        var slice = index / g.Outputs / blocks;
        var last = IntrinsicMath.Min(slice * SliceDepth + SliceDepth, g.Depth);

        // Positions beyond the last repeat it and are not stored.
        var start0 = position * g.Depth;
        var start1 = IntrinsicMath.Min(position + 1, g.Positions - 1) * g.Depth;
        var start2 = IntrinsicMath.Min(position + 2, g.Positions - 1) * g.Depth;
        var start3 = IntrinsicMath.Min(position + 3, g.Positions - 1) * g.Depth;
        var sums = default(Float4);
        for (var k = slice * SliceDepth; k < last; k++)
        {
            var values = new Float4(input[start0 + k], input[start1 + k], input[start2 + k], input[start3 + k]);
            sums = sums.AddScaled(weights[k * g.Outputs + channel], values);
        }

        Store(sums.X, slice, position, channel, partial, g);
        Store(sums.Y, slice, position + 1, channel, partial, g);
        Store(sums.Z, slice, position + 2, channel, partial, g);
        Store(sums.W, slice, position + 3, channel, partial, g);
    }

    internal static void ReductionKernel(Index1D index, ArrayView<float> partial, ArrayView<float> bias, ArrayView<float> output, MatrixGeometry g)
    {
        var outputs = g.Positions * g.Outputs;
        var total = 0f;
        for (var slice = 0; slice < g.Slices; slice++)
        {
            total += partial[slice * outputs + index];
        }

        total += bias[index % g.Outputs];
        output[index] = g.Relu != 0 && total < 0f ? 0f : total;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float sum, int slice, int position, int channel, ArrayView<float> partial, MatrixGeometry g)
    {
        if (position < g.Positions)
        {
            partial[(slice * g.Positions + position) * g.Outputs + channel] = sum;
        }
    }

    /// <summary>Sizes of the product as the kernels take them.</summary>
    internal readonly record struct MatrixGeometry(int Positions, int Depth, int Outputs, int Slices, int Relu);
}
