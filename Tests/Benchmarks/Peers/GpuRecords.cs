using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Gpu.Benchmarks.Peers;

/// <summary>A run of the network on a GPU, and the fastest of PyTorch's at the same batch, size and accuracy, among which may be a compiled one.</summary>
internal sealed record GpuWorkload(
    string Precision, int Batch, int Height, int Width, double NetworkMs, double MedianMs, double? RelativeL2, double? PytorchMs, string? PytorchVariant,
    bool IsPytorchCompiled);

/// <summary>A layer of a run.</summary>
internal sealed record GpuLayer(string Precision, string Layer, string Algorithm, double Ms, double Gflops, double PercentOfRoofline);

/// <summary>What the device can do at the most, in flops, bytes or seconds.</summary>
internal sealed record GpuRoof(string Name, double Value, string Unit);

/// <summary>What Tests/run-on-gpu-machine.sh measured on one kind of GPU. docs/benchmarks-gpu.json keeps one for each kind, and the page is written from it.</summary>
internal sealed record GpuRecords(
    string Device, string Driver, string Machine, string PyTorch, DateTime Time, string? Commit,
    IReadOnlyList<GpuWorkload> Workloads, int LayersBatch, IReadOnlyList<GpuLayer> Layers, IReadOnlyList<GpuRoof> Roofs)
{
    private const int LayersBatchOfScript = 64;

    /// <summary>Gathers the script's folder of results.</summary>
    public static GpuRecords Gather(string results)
    {
        var ours = new[] { "bench.json", "dense.json" }.SelectMany(f => Array(Path.Combine(results, f))).ToList();
        var theirs = Directory.EnumerateFiles(results, "pytorch*.txt").SelectMany(File.ReadLines)
            .Where(l => l.StartsWith('{')).Select(l => JsonNode.Parse(l)!).ToList();
        var roofs = Array(Path.Combine(results, "roofs.json"));
        var layers = Directory.EnumerateFiles(results, "profile-*.json").Order(StringComparer.Ordinal).SelectMany(file =>
            Array(file).Select(l => new GpuLayer(
                Path.GetFileNameWithoutExtension(file)["profile-".Length..],
                Text(l, "layer"), Text(l, "algorithm"), Number(l, "ms"), Number(l, "gflops"), Number(l, "percent_of_roofline"))));
        var first = ours[0];
        return new GpuRecords(
            Text(first, "device_name"), Text(first, "driver"), Text(first, "machine"), theirs.Count > 0 ? Text(theirs[0], "version") : string.Empty,
            first["time"]!.GetValue<DateTime>(), first["commit"]?.GetValue<string>(),
            [.. ours.Select(o => WorkloadOf(o, theirs))], LayersBatchOfScript, [.. layers],
            [.. roofs.Select(r => new GpuRoof(Text(r, "name"), Number(r, "value"), Text(r, "unit")))]);
    }

    public static IReadOnlyList<GpuRecords> Read(string repository) =>
        JsonSerializer.Deserialize<List<GpuRecords>>(File.ReadAllText(PathIn(repository)), BenchmarkRecords.Json)!;

    /// <summary>Puts these records in the place of those of the same kind of GPU, or after the others.</summary>
    public void Write(string repository)
    {
        var all = Read(repository).ToList();
        var same = all.FindIndex(r => r.Device == Device);
        if (same >= 0)
        {
            all[same] = this;
        }
        else
        {
            all.Add(this);
        }

        File.WriteAllText(PathIn(repository), JsonSerializer.Serialize(all, BenchmarkRecords.Json) + "\n");
    }

    private static string PathIn(string repository) => Path.Combine(repository, "docs", "benchmarks-gpu.json");

    private static GpuWorkload WorkloadOf(JsonNode ours, List<JsonNode> theirs)
    {
        var precision = Text(ours, "precision");

        // PyTorch's precisions of the same accuracy.
        var same = precision is "float32" or "3xtf32" ? "fp32" : precision;
        var comparable = theirs.Where(t => Text(t, "precision") == same && new[] { "batch", "height", "width" }.All(k => Number(t, k) == Number(ours, k))).ToList();
        var best = comparable.MinBy(t => Number(t, "median_ms"));
        return new GpuWorkload(
            precision, (int)Number(ours, "batch"), (int)Number(ours, "height"), (int)Number(ours, "width"), Number(ours, "network_ms"), Number(ours, "median_ms"),
            ours["relative_l2"]?.GetValue<double>(), best is null ? null : Number(best, "median_ms"), best is null ? null : Text(best, "variant"),
            comparable.Exists(t => Text(t, "variant").Contains("compiled", StringComparison.Ordinal)));
    }

    private static List<JsonNode> Array(string path) => [.. JsonNode.Parse(File.ReadAllText(path))!.AsArray().Select(n => n!)];

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();

    private static double Number(JsonNode node, string name) => Convert.ToDouble(node[name]!.GetValue<object>().ToString(), CultureInfo.InvariantCulture);
}
