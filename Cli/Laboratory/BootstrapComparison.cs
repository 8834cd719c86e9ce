namespace Gpu.Cli.Laboratory;

/// <summary>
/// The ratio of the medians of two sets of measurements, with a confidence interval: both sets are drawn anew from themselves, with
/// replacement, many times, and the interval holds the middle of the ratios that come out (Efron, "Bootstrap Methods", 1979).
/// </summary>
/// <param name="Ratio">Median of the new measurements over that of the old.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end of the interval.</param>
internal sealed record BootstrapComparison(double Ratio, double Low, double High)
{
    /// <summary>Share of the ratios that the interval holds, in percent.</summary>
    public const int ConfidencePercent = 95;

    private const int Draws = 10_000;
    private const int Seed = 1;

    /// <summary>Whether the interval leaves out a ratio of 1: whether there is a change beyond the noise within the two sets.</summary>
    public bool IsChange => Low > 1 || High < 1;

    /// <summary>Compares; the same measurements give the same interval.</summary>
    /// <exception cref="ArgumentException">A set is empty.</exception>
    public static BootstrapComparison Of(IReadOnlyList<double> before, IReadOnlyList<double> after)
    {
        var random = new Random(Seed);
        var ratios = new SampleStatistics(Enumerable.Range(0, Draws).Select(_ => MedianOfDraw(after, random) / MedianOfDraw(before, random)));
        const double tail = (100 - ConfidencePercent) / 2.0;
        return new BootstrapComparison(
            new SampleStatistics(after).Median / new SampleStatistics(before).Median, ratios.Quantile(tail / 100), ratios.Quantile(1 - (tail / 100)));
    }

    private static double MedianOfDraw(IReadOnlyList<double> samples, Random random)
    {
        var draw = new double[samples.Count];
        for (var i = 0; i < draw.Length; i++)
        {
            draw[i] = samples[random.Next(samples.Count)];
        }

        Array.Sort(draw);
        return SampleStatistics.MedianOfSorted(draw);
    }
}
