using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Kernels.Host;

/// <summary>The best classes of each position by insertion into a short sorted list; positions are spread over the threads.</summary>
internal sealed class HostClassRanking(string algorithm, Shape logits, int count, HostThreads threads) : ClassRanking(logits, count)
{
    private readonly ClassScore[] result = new ClassScore[logits.Positions * count];

    public override string Algorithm => algorithm;

    public override void Queue(Tensor logits, Tensor probabilities)
    {
        var source = Operation.Require<HostTensor>(logits, Logits);
        var softmax = Operation.Require<HostTensor>(probabilities, Logits);
        threads.For(Logits.Batch * Logits.Height, item =>
        {
            var (image, row) = Math.DivRem(item, Logits.Height);
            var values = new float[Logits.Channels];
            var shares = new float[Logits.Channels];
            for (var x = 0; x < Logits.Width; x++)
            {
                source.ReadPosition(image, row, x, values);
                softmax.ReadPosition(image, row, x, shares);
                Rank(values, shares, result.AsSpan(((item * Logits.Width) + x) * Count, Count));
            }
        });
    }

    public override void Read(Span<ClassScore> scores)
    {
        CheckLength(scores.Length);
        result.CopyTo(scores);
    }

    private static void Rank(ReadOnlySpan<float> logits, ReadOnlySpan<float> probabilities, Span<ClassScore> best)
    {
        var filled = 0;
        for (var c = 0; c < logits.Length; c++)
        {
            var place = filled;

            // Classes come in order of their index: only a higher logit overtakes.
            while (place > 0 && logits[c] > best[place - 1].Logit)
            {
                place--;
            }

            if (place < best.Length)
            {
                filled = Math.Min(filled + 1, best.Length);
                best[place..(filled - 1)].CopyTo(best[(place + 1)..]);
                best[place] = new ClassScore(c, logits[c], probabilities[c]);
            }
        }
    }
}
