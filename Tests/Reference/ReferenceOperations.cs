using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Tests.Reference;

/// <summary>
/// The operations of a network in float64 by their definitions, over dense NHWC arrays. Independent of the product:
/// only shapes are shared with it.
/// </summary>
internal static class ReferenceOperations
{
    /// <summary>The convolution of <see cref="ConvolutionSpecification"/>'s definition; float32 weights, HWIO, widened.</summary>
    public static double[] Convolution(ConvolutionSpecification specification, double[] input, ReadOnlyMemory<float> filter, ReadOnlyMemory<float> bias)
    {
        var (shape, output, kernel) = (specification.Input, specification.Output, specification.Filter);
        var result = new double[output.Elements];
        Parallel.For(0, output.Batch * output.Height * output.Width, position =>
        {
            var x = position % output.Width;
            var y = position / output.Width % output.Height;
            var n = position / output.Width / output.Height;
            var sums = result.AsSpan(position * output.Channels, output.Channels);
            var weights = filter.Span;
            for (var o = 0; o < sums.Length; o++)
            {
                sums[o] = bias.Span[o];
            }

            for (var i = 0; i < kernel.KernelHeight; i++)
            {
                for (var j = 0; j < kernel.KernelWidth; j++)
                {
                    var row = y + i - specification.PadTop;
                    var column = x + j - specification.PadLeft;
                    if (row < 0 || row >= shape.Height || column < 0 || column >= shape.Width)
                    {
                        continue;
                    }

                    for (var c = 0; c < shape.Channels; c++)
                    {
                        var value = input[((((long)n * shape.Height) + row) * shape.Width + column) * shape.Channels + c];
                        var line = weights.Slice(((i * kernel.KernelWidth + j) * shape.Channels + c) * sums.Length, sums.Length);
                        for (var o = 0; o < sums.Length; o++)
                        {
                            sums[o] += value * line[o];
                        }
                    }
                }
            }

            if (specification.Relu)
            {
                for (var o = 0; o < sums.Length; o++)
                {
                    sums[o] = Math.Max(0, sums[o]);
                }
            }
        });
        return result;
    }

    /// <summary>2x2 max pool, stride 2, VALID.</summary>
    public static double[] MaxPool(Shape input, double[] values)
    {
        var (height, width) = (input.Height / 2, input.Width / 2);
        var result = new double[(long)input.Batch * height * width * input.Channels];
        var next = 0;
        for (var n = 0; n < input.Batch; n++)
        {
            for (var y = 0; y < height; y++)
            {
                for (var x = 0; x < width; x++)
                {
                    for (var c = 0; c < input.Channels; c++)
                    {
                        double At(int row, int column) => values[(((long)n * input.Height + row) * input.Width + column) * input.Channels + c];
                        result[next++] = Math.Max(
                            Math.Max(At(2 * y, 2 * x), At(2 * y, 2 * x + 1)),
                            Math.Max(At(2 * y + 1, 2 * x), At(2 * y + 1, 2 * x + 1)));
                    }
                }
            }
        }

        return result;
    }

    /// <summary>Softmax over the last dimension.</summary>
    public static double[] Softmax(double[] logits, int classes)
    {
        var result = new double[logits.Length];
        for (var start = 0; start < logits.Length; start += classes)
        {
            var row = logits.AsSpan(start, classes);
            var highest = double.NegativeInfinity;
            foreach (var value in row)
            {
                highest = Math.Max(highest, value);
            }

            double sum = 0;
            foreach (var value in row)
            {
                sum += Math.Exp(value - highest);
            }

            for (var c = 0; c < classes; c++)
            {
                result[start + c] = Math.Exp(row[c] - highest) / sum;
            }
        }

        return result;
    }

    /// <summary>Indices of the <paramref name="count"/> highest values of a row, highest first, ties by lowest index.</summary>
    public static int[] TopK(ReadOnlySpan<double> row, int count)
    {
        var values = row.ToArray();
        return [.. Enumerable.Range(0, values.Length).OrderByDescending(i => values[i]).ThenBy(i => i).Take(count)];
    }

    /// <summary>
    /// Logits at a pixel: bilinear interpolation between cell centres, cell c's centre lying at pixel
    /// <c>offset + stride * c + stride / 2 - 0.5</c>, clamped at the outer cells.
    /// </summary>
    public static double[] InterpolatedLogits(Shape logits, double[] values, UpsamplingGrid grid, int y, int x)
    {
        static (int Low, int High, double Fraction) Taps(int pixel, int cells, UpsamplingGrid grid)
        {
            var position = Math.Clamp((pixel - (grid.Offset + (grid.Stride / 2.0) - 0.5)) / grid.Stride, 0, cells - 1);
            var low = (int)Math.Floor(position);
            return (low, Math.Min(low + 1, cells - 1), position - low);
        }

        var (top, bottom, fy) = Taps(y, logits.Height, grid);
        var (left, right, fx) = Taps(x, logits.Width, grid);
        var result = new double[logits.Channels];
        for (var c = 0; c < result.Length; c++)
        {
            double At(int row, int column) => values[((long)row * logits.Width + column) * logits.Channels + c];
            result[c] = (1 - fy) * ((1 - fx) * At(top, left) + fx * At(top, right)) + fy * ((1 - fx) * At(bottom, left) + fx * At(bottom, right));
        }

        return result;
    }
}
