using System.Globalization;

namespace Gpu.Benchmarks.Peers;

/// <summary>The comparison as a Markdown table.</summary>
internal static class PeersTable
{
    public static string Format(IReadOnlyList<PeerRecord> peers)
    {
        var lines = new List<string>
        {
            "| workload | ours, ms: median (min-max) | ONNX Runtime, ms: median (min-max) | times faster | relative L2 difference of the logits | loading, ms: ours / ONNX Runtime |",
            "|---|---|---|---|---|---|",
        };
        lines.AddRange(peers.Select(p => string.Create(
            CultureInfo.InvariantCulture,
            $"| {p.Workload} | {Format(p.Ours)} | {Format(p.Theirs)} | **{p.TimesFaster:F2}** | {p.RelativeL2Difference:0.0E+0} | {p.OurLoad:F0} / {p.TheirLoad:F0} |")));
        return string.Join('\n', lines);
    }

    private static string Format(Times times) => string.Create(CultureInfo.InvariantCulture, $"{times.Median:F1} ({times.Min:F1}-{times.Max:F1})");
}
