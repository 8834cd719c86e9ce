using System.Globalization;
using Gpu.Cli.Commands;
using Gpu.Cli.Laboratory;

namespace Gpu.Cli.Rendering;

/// <summary>Prints what changed between measurements.</summary>
internal static class CompareWriter
{
    public static void Write(OutputFormat format, TextWriter output, IReadOnlyList<BenchChange> changes)
    {
        var rows = new RowWriter<BenchChange>(
            new("workload", c => c.Workload),
            new("old_ms", c => c.OldMs, c => Text($"{c.OldMs:F2}"), "old ms"),
            new("new_ms", c => c.NewMs, c => Text($"{c.NewMs:F2}"), "new ms"),
            new("ratio", c => c.Comparison.Ratio, c => Text($"{c.Comparison.Ratio:F3}")),
            new("low", c => c.Comparison.Low, c => Text($"{c.Comparison.Low:F3}"), $"from ({BootstrapComparison.ConfidencePercent} %)"),
            new("high", c => c.Comparison.High, c => Text($"{c.Comparison.High:F3}"), "to"),
            new("verdict", c => c.Verdict),
            new("disturbed", c => c.IsDisturbed, c => c.IsDisturbed ? "disturbed" : string.Empty, string.Empty),
            new("elsewhere", c => c.IsElsewhere, c => c.IsElsewhere ? "not on the same machine" : string.Empty, string.Empty));
        rows.Write(format, output, Schemas.Compare, changes);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
