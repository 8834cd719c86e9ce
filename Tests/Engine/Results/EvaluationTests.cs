using Gpu.Engine.Results;
using Gpu.Loader.Labels;
using NUnit.Framework;

namespace Gpu.Tests.Engine.Results;

internal sealed class EvaluationTests
{
    private static readonly ClassLabel[] Labels = [.. Enumerable.Range(0, 8).Select(i => new ClassLabel(i, null, i < 2 ? "crane" : $"class {i}"))];

    [Test]
    public void Pictures_are_counted_by_their_class_and_what_they_were_taken_for()
    {
        var evaluation = new Evaluation();
        evaluation.Add(Labels[3], Best(3, 4, 5, 6, 7));
        evaluation.Add(Labels[3], Best(5, 3, 4, 6, 7));
        evaluation.Add(Labels[3], Best(5, 4, 2, 6, 7, 3));
        evaluation.Add(Labels[3], Best(4, 5, 2, 6, 3));
        evaluation.Add(Labels[0], Best(1, 2, 3, 4, 5));
        Assert.Multiple(() =>
        {
            Assert.That((evaluation.Pictures, evaluation.Best, evaluation.AmongFive), Is.EqualTo((5, 1, 3)), "the sixth best is not among the five, and the other crane is another class");
            Assert.That(evaluation.Classes, Is.EqualTo(new[]
            {
                new ClassAccuracy(Labels[0], 1, 0, 0, new Confusion(Labels[0], Labels[1], 1)),
                new ClassAccuracy(Labels[3], 4, 1, 3, new Confusion(Labels[3], Labels[5], 2)),
            }));
            Assert.That(evaluation.Confusions.Select(c => (c.Truth.Index, c.Predicted.Index, c.Pictures)), Is.EqualTo(new[]
            {
                (0, 1, 1), (3, 3, 1), (3, 4, 1), (3, 5, 2),
            }));
        });
    }

    [Test]
    public void Random_predictions_are_counted_as_by_hand()
    {
        var random = new Random(5);
        var evaluation = new Evaluation();
        var (best, five) = (0, 0);
        for (var picture = 0; picture < 500; picture++)
        {
            int[] order = [.. Enumerable.Range(0, 8)];
            random.Shuffle(order);
            var truth = random.Next(8);
            best += order[0] == truth ? 1 : 0;
            five += Array.IndexOf(order, truth) < 5 ? 1 : 0;
            evaluation.Add(Labels[truth], Best(order));
        }

        Assert.That((evaluation.Pictures, evaluation.Best, evaluation.AmongFive), Is.EqualTo((500, best, five)));
        Assert.That(evaluation.Classes.Sum(c => c.Best), Is.EqualTo(best));
        Assert.That(evaluation.Classes.Sum(c => c.AmongFive), Is.EqualTo(five));
        Assert.That(evaluation.Confusions.Sum(c => c.Pictures), Is.EqualTo(500));
    }

    [Test]
    public void A_class_that_was_never_mistaken_has_no_mistake()
    {
        var evaluation = new Evaluation();
        evaluation.Add(Labels[2], Best(2));
        Assert.That(evaluation.Classes.Single().Mistake, Is.Null);
        Assert.That(() => evaluation.Add(Labels[2], []), Throws.ArgumentException);
    }

    private static Prediction[] Best(params int[] indices) => [.. indices.Select((index, i) => new Prediction(i + 1, Labels[index], 0.1f, 1))];
}
