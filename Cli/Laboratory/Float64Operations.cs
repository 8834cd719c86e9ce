using System.Numerics;
using System.Runtime.InteropServices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Cli.Laboratory;

/// <summary>Reads a filter's weights for a range of outputs into <c>[kernel row][kernel column][input][output]</c>.</summary>
internal delegate void FilterReader(int firstOutput, int outputs, Span<float> destination);

/// <summary>
/// A network's operations by their definitions, in float64 over dense NHWC arrays, with all threads. They share shapes with the
/// devices' operations and nothing else: what those compute is compared with this.
/// </summary>
internal static class Float64Operations
{
    /// <summary>Output channels that a task takes, so that their weights stay in a core's cache.</summary>
    private const int BlockOutputs = 32;

    /// <summary>Neighbouring positions that are summed side by side, for each weight that is loaded.</summary>
    private const int Side = 4;

    /// <summary>Tasks for each processor, so that none waits long for the last.</summary>
    private const int TasksPerProcessor = 4;

    /// <summary>A convolution, with the pool behind it if the specification has one.</summary>
    /// <param name="specification">What is computed.</param>
    /// <param name="input">The input, NHWC.</param>
    /// <param name="filter">The weights.</param>
    /// <param name="bias">A value for each output channel.</param>
    /// <param name="cancellationToken">Looked at before every task.</param>
    /// <returns>The output, NHWC.</returns>
    public static double[] Convolution(
        ConvolutionSpecification specification, double[] input, FilterReader filter, float[] bias, CancellationToken cancellationToken)
    {
        var unpooled = specification with { Pooled = false };
        var output = unpooled.Output;
        var result = new double[output.Elements];
        var padded = new PaddedInput(unpooled, input);
        var blocks = (output.Channels + BlockOutputs - 1) / BlockOutputs;
        var rows = output.Batch * output.Height;
        var bands = Math.Clamp(TasksPerProcessor * Environment.ProcessorCount / blocks, 1, rows);
        Parallel.For(0, blocks * bands, new ParallelOptions { CancellationToken = cancellationToken }, task =>
        {
            var (block, band) = (task / bands, task % bands);
            var first = block * BlockOutputs;
            var weights = new FilterBlock(unpooled.Filter, first, Math.Min(BlockOutputs, output.Channels - first), filter, bias);
            for (var row = rows * band / bands; row < rows * (band + 1) / bands; row++)
            {
                for (var x = 0; x < output.Width; x += Side)
                {
                    weights.Multiply(padded, row / output.Height, row % output.Height, x, unpooled.Relu, result, output);
                }
            }
        });
        return specification.Pooled ? MaxPool(output, result) : result;
    }

    /// <summary>The 2x2 max pool, stride 2, VALID.</summary>
    public static double[] MaxPool(Shape input, double[] values)
    {
        var output = Kernels.Operations.MaxPool.Output(input);
        var result = new double[output.Elements];
        var rowLength = input.Width * input.Channels;
        Parallel.For(0, output.Batch * output.Height, row =>
        {
            var top = (((row / output.Height * input.Height) + (2 * (row % output.Height))) * (long)rowLength);
            for (var i = 0; i < output.Width * output.Channels; i++)
            {
                var left = top + (i / input.Channels * 2 * input.Channels) + (i % input.Channels);
                result[((long)row * output.Width * output.Channels) + i] = Math.Max(
                    Math.Max(values[left], values[left + input.Channels]),
                    Math.Max(values[left + rowLength], values[left + rowLength + input.Channels]));
            }
        });
        return result;
    }

    /// <summary>|actual - expected| / |expected| in the L2 norm; not a number poisons it.</summary>
    public static double RelativeError(ReadOnlySpan<float> actual, ReadOnlySpan<double> expected)
    {
        double difference = 0, norm = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            var d = actual[i] - expected[i];
            difference += d * d;
            norm += expected[i] * expected[i];
        }

        return Math.Sqrt(difference / norm);
    }

    /// <summary>An input between zeros, so that no position has to look where it is.</summary>
    private sealed class PaddedInput
    {
        public PaddedInput(ConvolutionSpecification specification, double[] input)
        {
            var (shape, output, filter) = (specification.Input, specification.Output, specification.Filter);
            Channels = shape.Channels;
            Height = output.Height + filter.KernelHeight - 1;
            RowLength = (output.Width + Side + filter.KernelWidth - 2) * Channels;
            Values = new double[(long)shape.Batch * Height * RowLength];
            var length = shape.Width * Channels;
            for (var row = 0; row < shape.Batch * shape.Height; row++)
            {
                var start = At(row / shape.Height, (row % shape.Height) + specification.PadTop, specification.PadLeft);
                input.AsSpan(row * length, length).CopyTo(Values.AsSpan((int)start));
            }
        }

        public int Channels { get; }

        public int RowLength { get; }

        public double[] Values { get; }

        private int Height { get; }

        public long At(int image, int row, int column) => ((((long)image * Height) + row) * RowLength) + ((long)column * Channels);
    }

    /// <summary>The weights of some output channels, one behind the other for each term of the sums, filled up with zeros to whole vectors.</summary>
    private sealed class FilterBlock
    {
        private readonly FilterShape shape;
        private readonly int first;
        private readonly int outputs;
        private readonly int width;
        private readonly float[] weights;
        private readonly float[] bias;

        public FilterBlock(FilterShape shape, int first, int outputs, FilterReader read, float[] bias)
        {
            (this.shape, this.first, this.outputs, this.bias) = (shape, first, outputs, bias);
            width = (outputs + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count;
            var dense = new float[shape.Depth * outputs];
            read(first, outputs, dense);
            weights = new float[shape.Depth * width];
            for (var term = 0; term < shape.Depth; term++)
            {
                dense.AsSpan(term * outputs, outputs).CopyTo(weights.AsSpan(term * width));
            }
        }

        /// <summary>Sums <see cref="Side"/> positions from a column on, of which those inside the output are stored.</summary>
        public void Multiply(PaddedInput input, int image, int y, int x, bool relu, double[] result, Shape output)
        {
            Span<double> sums = stackalloc double[Side * Vector<float>.Count];
            for (var channel = 0; channel < outputs; channel += Vector<float>.Count)
            {
                Sum(input, image, y, x, channel, sums);
                for (var position = 0; position < Math.Min(Side, output.Width - x); position++)
                {
                    var start = (((((long)image * output.Height) + y) * output.Width) + x + position) * output.Channels;
                    for (var o = channel; o < Math.Min(channel + Vector<float>.Count, outputs); o++)
                    {
                        var value = sums[(position * Vector<float>.Count) + o - channel] + bias[first + o];
                        result[start + first + o] = relu ? Math.Max(0, value) : value;
                    }
                }
            }
        }

        private void Sum(PaddedInput input, int image, int y, int x, int channel, Span<double> sums)
        {
            Vector<double> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
            var (values, stride) = (input.Values, input.Channels);
            var next = channel;
            for (var i = 0; i < shape.KernelHeight; i++)
            {
                var at = input.At(image, y + i, x);
                for (var end = at + ((long)shape.KernelWidth * stride); at < end; at++, next += width)
                {
                    Vector.Widen(new Vector<float>(weights, next), out var low, out var high);
                    a0 += low * values[at];
                    a1 += high * values[at];
                    b0 += low * values[at + stride];
                    b1 += high * values[at + stride];
                    c0 += low * values[at + (2 * stride)];
                    c1 += high * values[at + (2 * stride)];
                    d0 += low * values[at + (3 * stride)];
                    d1 += high * values[at + (3 * stride)];
                }
            }

            var vectors = MemoryMarshal.Cast<double, Vector<double>>(sums);
            (vectors[0], vectors[1], vectors[2], vectors[3]) = (a0, a1, b0, b1);
            (vectors[4], vectors[5], vectors[6], vectors[7]) = (c0, c1, d0, d1);
        }
    }
}
