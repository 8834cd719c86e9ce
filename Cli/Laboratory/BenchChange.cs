using Gpu.Cli.Rendering;

namespace Gpu.Cli.Laboratory;

/// <summary>A workload's times before and after a change.</summary>
internal sealed class BenchChange
{
    /// <summary>Compares.</summary>
    /// <param name="before">Records of a workload.</param>
    /// <param name="after">Later records of it.</param>
    /// <param name="tolerancePercent">Change of the median that is none.</param>
    public BenchChange(IReadOnlyList<BenchRecord> before, IReadOnlyList<BenchRecord> after, int tolerancePercent)
    {
        double[] old = [.. before.SelectMany(r => r.SamplesMs)];
        double[] fresh = [.. after.SelectMany(r => r.SamplesMs)];
        Workload = before[0].Key;
        (OldMs, NewMs) = (new SampleStatistics(old).Median, new SampleStatistics(fresh).Median);
        Comparison = BootstrapComparison.Of(old, fresh);
        IsElsewhere = (before[0].Machine, before[0].DeviceName, before[0].Driver) != (after[0].Machine, after[0].DeviceName, after[0].Driver);
        IsDisturbed = before.Concat(after).Any(r => r.Disturbance is not null);
        Verdict = !Comparison.IsChange || Math.Abs(Comparison.Ratio - 1) * 100 < tolerancePercent ? "no change" : Comparison.Ratio > 1 ? "slower" : "faster";
    }

    /// <summary>What was measured.</summary>
    public string Workload { get; }

    public double OldMs { get; }

    public double NewMs { get; }

    /// <summary>Of the new times with the old.</summary>
    public BootstrapComparison Comparison { get; }

    /// <summary><c>faster</c>, <c>slower</c> or <c>no change</c> beyond the noise and the tolerance.</summary>
    public string Verdict { get; }

    /// <summary>Whether other load disturbed a measurement.</summary>
    public bool IsDisturbed { get; }

    /// <summary>Whether the two were measured on different machines, devices or drivers.</summary>
    public bool IsElsewhere { get; }
}
