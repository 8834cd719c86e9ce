using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Engine.Results;

/// <summary>
/// Classes of pictures that the network saw at several positions: logits are averaged over the positions, then softmax (Simonyan and
/// Zisserman 2015, section 3.2).
/// </summary>
internal static class AveragedLogits
{
    /// <summary>Ranks the classes of each picture.</summary>
    /// <param name="logits">NHWC.</param>
    /// <param name="shape">Shape of the logits.</param>
    /// <param name="count">Classes to return for each picture.</param>
    /// <returns><c>N * count</c> scores, for each picture best first; of equal ones the lower index first.</returns>
    public static ClassScore[] Rank(ReadOnlySpan<float> logits, Shape shape, int count)
    {
        var (scores, positions) = (new List<ClassScore>(), shape.Height * shape.Width);
        for (var n = 0; n < shape.Batch; n++)
        {
            var means = new double[shape.Channels];
            for (var position = 0; position < positions; position++)
            {
                var values = logits.Slice(((n * positions) + position) * shape.Channels, shape.Channels);
                for (var c = 0; c < means.Length; c++)
                {
                    means[c] += values[c] / (double)positions;
                }
            }

            var greatest = means.Max();
            var sum = means.Sum(mean => Math.Exp(mean - greatest));
            scores.AddRange(means.Index().OrderByDescending(m => m.Item).Take(count)
                .Select(m => new ClassScore(m.Index, (float)m.Item, (float)(Math.Exp(m.Item - greatest) / sum))));
        }

        return [.. scores];
    }
}
