using System.Globalization;

namespace Gpu.Benchmarks.Peers;

/// <summary>The comparison as a Markdown table.</summary>
internal static class PeersTable
{
    public static string Format(IReadOnlyList<Comparison> comparisons)
    {
        var lines = new List<string>
        {
            "| workload | ours, ms: median (min-max) | ONNX Runtime, ms: median (min-max) | times faster | relative L2 difference of the logits | loading, ms: ours / ONNX Runtime |",
            "|---|---|---|---|---|---|",
        };
        lines.AddRange(comparisons.Select(c => string.Create(
            CultureInfo.InvariantCulture,
            $"| {c.Name} | {Times(c.Ours)} | {Times(c.Theirs)} | **{c.Ratio:F2}** | {c.Error:0.0E+0} | {c.OurLoad:F0} / {c.TheirLoad:F0} |")));
        return string.Join('\n', lines);
    }

    private static string Times(double[] times) => string.Create(
        CultureInfo.InvariantCulture, $"{Comparison.Median(times):F1} ({times.Min():F1}-{times.Max():F1})");
}
