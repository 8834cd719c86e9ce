using System.Globalization;
using System.Text.Json;
using Gpu.Cli.Rendering;

namespace Gpu.Benchmarks.Peers;

/// <summary>A measurement of Tests/pytorch_vgg16.py: a run from an input on the device to logits there.</summary>
internal sealed record PyTorchRecord(string Precision, string Variant, int Batch, int Height, int Width, double MedianMs, string Version);

/// <summary>
/// What Tests/run-on-gpu-machine.sh measured, kept in docs/benchmarks-gpu.json: records of <c>vgg bench</c>, and PyTorch's of the same
/// machine, if it was there.
/// </summary>
internal sealed record GpuRecords(IReadOnlyList<BenchRecord> Ours, IReadOnlyList<PyTorchRecord> PyTorch)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>Our precisions, and PyTorch's of the same accuracy.</summary>
    private static readonly Dictionary<string, string> PyTorchPrecisions = new()
    {
        ["float32"] = "fp32",
        ["3xtf32"] = "fp32",
        ["tf32"] = "tf32",
        ["fp16"] = "fp16",
        ["bf16"] = "bf16",
    };

    /// <summary>Takes over the folder that the machine's script leaves behind.</summary>
    public static GpuRecords Import(string results)
    {
        var pyTorch = Path.Combine(results, "pytorch.txt");
        return new GpuRecords(
            [.. new[] { "bench.json", "dense.json" }.Select(f => Path.Combine(results, f)).Where(File.Exists).SelectMany(BenchWriter.Read)],
            File.Exists(pyTorch)
                ? [.. File.ReadLines(pyTorch).Where(l => l.StartsWith('{')).Select(l => JsonSerializer.Deserialize<PyTorchRecord>(l, Json)!)]
                : []);
    }

    /// <summary>Those of a checkout, or null if it has none.</summary>
    public static GpuRecords? Read(string repository) =>
        File.Exists(PathIn(repository)) ? JsonSerializer.Deserialize<GpuRecords>(File.ReadAllText(PathIn(repository)), Json) : null;

    public void Write(string repository) => File.WriteAllText(PathIn(repository), JsonSerializer.Serialize(this, Json) + "\n");

    /// <summary>As a section of the page.</summary>
    public string Section() => string.Join('\n',
    [
        string.Empty,
        $"## On {Ours[0].DeviceName}",
        $"`vgg bench` with random weights; {Ours[0].Driver}; {Ours[0].Time:yyyy-MM-dd}{(PyTorch.Count > 0 ? $"; {PyTorch[0].Version}, its fastest of eager, graph and compiled runs in either layout" : string.Empty)}.",
        "With copies: from the input in the host's memory to the logits there; without: both on the device, as PyTorch's.",
        string.Empty,
        "| input | precision | ms with copies | without | images/s without | TFLOP/s | % of peak | error | top-1 | PyTorch, ms | times faster |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        .. Ours.OrderBy(r => (long)r.Height * r.Width).ThenBy(r => r.Batch).Select(Row),
        string.Empty,
    ]);

    private static string PathIn(string repository) => Path.Combine(repository, "docs", "benchmarks-gpu.json");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private string Row(BenchRecord record)
    {
        var best = PyTorch.Where(p => (p.Batch, p.Height, p.Width, p.Precision) == (record.Batch, record.Height, record.Width, PyTorchPrecisions.GetValueOrDefault(record.Precision)))
            .MinBy(p => p.MedianMs);
        var withoutCopies = record.NetworkMs / record.MedianMs;
        string[] cells =
        [
            Text($"{record.Batch} x {record.Height}x{record.Width}"),
            record.Precision,
            Text($"{record.MedianMs:F3}"),
            Text($"{record.NetworkMs:F3}"),
            Text($"{record.ImagesPerSecond / withoutCopies:F0}"),
            Text($"{record.Gflops / withoutCopies / 1000:F1}"),
            Text($"{record.PercentOfPeak / withoutCopies:F0}"),
            record.RelativeL2 is { } error ? Text($"{error:0.0E+0}") : string.Empty,
            record.Top1Agreement is { } top1 ? Text($"{100 * top1:F0} %") : string.Empty,
            best is null ? string.Empty : Text($"{best.MedianMs:F3} ({best.Variant})"),
            best is null ? string.Empty : Text($"**{best.MedianMs / record.NetworkMs:F2}**"),
        ];
        return $"| {string.Join(" | ", cells)} |";
    }
}
