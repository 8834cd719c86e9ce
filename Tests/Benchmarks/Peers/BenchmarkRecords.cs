using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gpu.Benchmarks.Peers;

/// <summary>The median, least and greatest of several times, in milliseconds.</summary>
internal sealed record Times(double Median, double Min, double Max)
{
    public static Times Of(IReadOnlyCollection<double> times) => new(Comparison.Median([.. times]), times.Min(), times.Max());
}

/// <summary>A workload beside ONNX Runtime; loading in milliseconds.</summary>
internal sealed record PeerRecord(string Workload, Times Ours, Times Theirs, double RelativeL2Difference, double OurLoad, double TheirLoad)
{
    /// <summary>ONNX Runtime's median over ours.</summary>
    public double TimesFaster => Theirs.Median / Ours.Median;
}

/// <summary>The command as a process.</summary>
internal sealed record ProcessRecord(string Command, Times Milliseconds, double PeakMegabytes, double PeakPrivateMegabytes);

/// <summary>Medians of runs with one instruction set.</summary>
internal sealed record InstructionSetRecord(string Instructions, Times MedianMilliseconds);

/// <summary>All that docs/benchmarks.md shows, as it was measured: kept in docs/benchmarks.json, from which the pages are written.</summary>
internal sealed record BenchmarkRecords(
    string Machine, IReadOnlyList<PeerRecord> Peers, IReadOnlyList<ProcessRecord> Processes, IReadOnlyList<InstructionSetRecord> InstructionSets)
{
    /// <summary>How records are stored.</summary>
    public static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        IgnoreReadOnlyProperties = true,
        WriteIndented = true,
    };

    public static BenchmarkRecords Read(string repository) => JsonSerializer.Deserialize<BenchmarkRecords>(File.ReadAllText(PathIn(repository)), Json)!;

    public void Write(string repository) => File.WriteAllText(PathIn(repository), JsonSerializer.Serialize(this, Json) + "\n");

    private static string PathIn(string repository) => Path.Combine(repository, "docs", "benchmarks.json");
}
