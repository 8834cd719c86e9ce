namespace Gpu.Cli.Laboratory;

/// <summary>What repeated measurements of one thing say.</summary>
internal sealed class SampleStatistics
{
    private readonly double[] sorted;

    /// <summary>Takes measurements in any order.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public SampleStatistics(IEnumerable<double> samples)
    {
        sorted = [.. samples.Order()];
        if (sorted.Length == 0)
        {
            throw new ArgumentException("There is no measurement.", nameof(samples));
        }
    }

    public double Minimum => sorted[0];

    public double Maximum => sorted[^1];

    /// <summary>Of an even number the mean of the middle two.</summary>
    public double Median => MedianOfSorted(sorted);

    /// <summary>The distance between the quartiles as a share of the median: what half of the measurements keep within.</summary>
    public double Spread => (Quantile(0.75) - Quantile(0.25)) / Median;

    /// <summary>The least measurement that this share of all does not exceed (nearest rank).</summary>
    public double Quantile(double share) => sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];

    /// <summary>The median of values that are sorted.</summary>
    public static double MedianOfSorted(ReadOnlySpan<double> sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
}
