using System.Numerics;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Kernels.Host;

/// <summary>
/// Labels a row of pixels per item: the two rows of cells around it are interpolated once into a line of columns x classes, then
/// each pixel interpolates between two columns and keeps the highest value and its class per vector lane.
/// Flops about 4 per class and pixel; the line (26 columns x 1000 classes: 100 KB) stays in L2.
/// </summary>
internal sealed class HostUpsampledArgMax(Shape logits, UpsamplingGrid grid, HostThreads threads) : UpsampledArgMax(logits, grid)
{
    /// <summary>Classes of a line, padded to whole blocks with values that never win.</summary>
    private readonly int paddedClasses = HostTensor.BlocksOf(logits.Channels) * HostTensor.BlockChannels;

    public override string Algorithm => "bilinear-argmax";

    public override void Run(Tensor logits, Span<ushort> labels)
    {
        CheckLength(labels.Length);
        var source = Operation.Require<HostTensor>(logits, Logits);
        var result = new ushort[labels.Length];
        threads.For(Grid.Height, y =>
        {
            var line = InterpolateRows(source, y);
            for (var x = 0; x < Grid.Width; x++)
            {
                var position = Grid.Position(x, Logits.Width);
                var left = (int)position;
                var right = Math.Min(left + 1, Logits.Width - 1);
                result[(y * Grid.Width) + x] = (ushort)ArgMax(
                    line.AsSpan(left * paddedClasses, paddedClasses), line.AsSpan(right * paddedClasses, paddedClasses), position - left);
            }
        });
        result.CopyTo(labels);
    }

    private float[] InterpolateRows(HostTensor source, int y)
    {
        var position = Grid.Position(y, Logits.Height);
        var top = (int)position;
        var bottom = Math.Min(top + 1, Logits.Height - 1);
        var fraction = position - top;
        var line = new float[Logits.Width * paddedClasses];
        Array.Fill(line, float.NegativeInfinity);
        var below = new float[Logits.Channels];
        for (var x = 0; x < Logits.Width; x++)
        {
            var values = line.AsSpan(x * paddedClasses, Logits.Channels);
            source.ReadPosition(0, top, x, values);
            source.ReadPosition(0, bottom, x, below);
            for (var c = 0; c < values.Length; c++)
            {
                values[c] += (below[c] - values[c]) * fraction;
            }
        }

        return line;
    }

    /// <summary>The lowest class of the highest value of <c>left + (right - left) * fraction</c>.</summary>
    private static int ArgMax(ReadOnlySpan<float> left, ReadOnlySpan<float> right, float fraction)
    {
        var weight = new Vector<float>(fraction);
        var best = new Vector<float>(float.NegativeInfinity);
        var bestStart = Vector<int>.Zero;
        for (var c = 0; c < left.Length; c += Vector<float>.Count)
        {
            var (a, b) = (new Vector<float>(left[c..]), new Vector<float>(right[c..]));

            // Padding is infinite on both sides, and infinity minus infinity is no number: compares as lower.
            var value = a + ((b - a) * weight);
            var higher = Vector.GreaterThan(value, best);
            best = Vector.ConditionalSelect(higher, value, best);
            bestStart = Vector.ConditionalSelect(higher, new Vector<int>(c), bestStart);
        }

        var (winner, highest) = (0, float.NegativeInfinity);
        for (var lane = 0; lane < Vector<float>.Count; lane++)
        {
            var index = bestStart[lane] + lane;
            if (best[lane] > highest || (best[lane] == highest && index < winner))
            {
                (winner, highest) = (index, best[lane]);
            }
        }

        return winner;
    }
}
