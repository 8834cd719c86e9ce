using Gpu.Loader.Labels;

namespace Gpu.Engine.Results;

/// <summary>How often a network was right on pictures of one class.</summary>
/// <param name="Label">The class that they are of.</param>
/// <param name="Pictures">How many they are.</param>
/// <param name="Best">Those whose best class it is.</param>
/// <param name="AmongFive">Those with it among the five best classes.</param>
/// <param name="Mistake">The other class that they were taken for most often, or null if they never were.</param>
public sealed record ClassAccuracy(ClassLabel Label, int Pictures, int Best, int AmongFive, Confusion? Mistake);

/// <summary>Pictures of one class that were taken for another, or for their own.</summary>
/// <param name="Truth">The class that they are of.</param>
/// <param name="Predicted">Their best class.</param>
/// <param name="Pictures">How many they are.</param>
public sealed record Confusion(ClassLabel Truth, ClassLabel Predicted, int Pictures);

/// <summary>Counts how often a network is right on pictures whose classes are known. Not safe for several threads.</summary>
public sealed class Evaluation
{
    /// <summary>Predictions of a picture that count as the five best.</summary>
    public const int Five = 5;

    private readonly SortedDictionary<(int Truth, int Predicted), Confusion> confusions = [];
    private readonly Dictionary<int, int> amongFive = [];

    /// <summary>Pictures counted.</summary>
    public int Pictures { get; private set; }

    /// <summary>Those whose best class is the right one.</summary>
    public int Best { get; private set; }

    /// <summary>Those with the right class among the five best.</summary>
    public int AmongFive { get; private set; }

    /// <summary>What was taken for what, also rightly, by the indices of both classes.</summary>
    public IReadOnlyCollection<Confusion> Confusions => confusions.Values;

    /// <summary>The classes that pictures are of, by index.</summary>
    public IReadOnlyList<ClassAccuracy> Classes =>
        [.. confusions.Values.GroupBy(c => c.Truth.Index).Select(row => Describe([.. row]))];

    /// <summary>Counts a picture.</summary>
    /// <param name="truth">The class that it is of.</param>
    /// <param name="predictions">Its best classes, best first; the first five count.</param>
    /// <exception cref="ArgumentException">There are no predictions.</exception>
    public void Add(ClassLabel truth, IReadOnlyList<Prediction> predictions)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(predictions);
        if (predictions.Count == 0)
        {
            throw new ArgumentException("A picture without predictions cannot be counted.", nameof(predictions));
        }

        var predicted = predictions[0].Label;
        var key = (truth.Index, predicted.Index);
        var before = confusions.TryGetValue(key, out var confusion) ? confusion.Pictures : 0;
        confusions[key] = new Confusion(truth, predicted, before + 1);
        Pictures++;
        Best += predicted.Index == truth.Index ? 1 : 0;
        if (predictions.Take(Five).Any(p => p.Label.Index == truth.Index))
        {
            AmongFive++;
            amongFive[truth.Index] = amongFive.GetValueOrDefault(truth.Index) + 1;
        }
    }

    private ClassAccuracy Describe(IReadOnlyList<Confusion> row)
    {
        var truth = row[0].Truth;
        return new ClassAccuracy(
            truth,
            row.Sum(c => c.Pictures),
            row.Where(c => c.Predicted.Index == truth.Index).Sum(c => c.Pictures),
            amongFive.GetValueOrDefault(truth.Index),
            row.Where(c => c.Predicted.Index != truth.Index).MaxBy(c => c.Pictures));
    }
}
