using System.Globalization;

namespace Gpu.Benchmarks.Peers;

/// <summary>Writes docs/benchmarks.md with its plot, and the short table of the README between its markers, from docs/benchmarks.json and docs/benchmarks-gpu.json.</summary>
internal static class BenchmarkPage
{
    private const string Begin = "<!-- benchmarks -->";
    private const string End = "<!-- /benchmarks -->";
    private const string BeginGpu = "<!-- benchmarks on a GPU -->";
    private const string EndGpu = "<!-- /benchmarks on a GPU -->";

    /// <summary>Writes into a checkout what its records say.</summary>
    public static void Write(string repository)
    {
        var records = BenchmarkRecords.Read(repository);
        var gpu = GpuRecords.Read(repository);
        File.WriteAllText(Path.Combine(repository, "docs", "benchmarks.md"), $"{Page(records)}\n{GpuSection.Format(gpu)}\n");
        PeersPlot.Write(Path.Combine(repository, "docs", "images", "benchmarks.svg"), records.Peers);

        var readme = Path.Combine(repository, "README.md");
        var text = Replace(File.ReadAllText(readme), Begin, End, Short(records.Peers));
        File.WriteAllText(readme, Replace(text, BeginGpu, EndGpu, GpuSection.Short(gpu[0])));
    }

    /// <summary>Puts a table between two markers.</summary>
    private static string Replace(string text, string begin, string end, string table)
    {
        var (after, before) = (text.IndexOf(begin, StringComparison.Ordinal) + begin.Length, text.IndexOf(end, StringComparison.Ordinal));
        return $"{text[..after]}\n{table}\n{text[before..]}";
    }

    private static string Page(BenchmarkRecords records) =>
        $"""
        # Benchmarks

        Written by `Tests/Benchmarks/regenerate.sh` from `docs/benchmarks.json`, the records of one run on a shared machine; not by hand. Ratios
        hold where absolute figures do not.

        {records.Machine}.

        ## Beside ONNX Runtime
        VGG-16 with the same random weights and input, in one process, by turns. ONNX Runtime has its defaults but for the number of
        threads. Loading is from a file in the page cache to a network that is ready.

        ![Medians of both](images/benchmarks.svg)

        {PeersTable.Format(records.Peers)}

        ncnn was not run here. On an AMD EPYC (Zen 4), with two threads, it took 80 ms (strict float32) for the first workload and 1653 to
        1773 ms for the dense one, where ONNX Runtime took 165 to 173 and 2910. It loaded in 1.1 to 1.4 s.

        ## The command as a process
        From its start to its end, runtime, compilation and loading included; the weights, 553 MB, are in the page cache.

        {Processes(records.Processes)}

        ## Instruction sets
        `vgg bench` at 224x224 with two threads, by turns. `DOTNET_EnableAVX512=0` and `DOTNET_EnableAVX2=0` are what .NET 10 obeys.

        {InstructionSets(records.InstructionSets)}

        """;

    private static string Short(IReadOnlyList<PeerRecord> peers) => string.Join('\n',
    [
        "| VGG-16 on two cores | ours | ONNX Runtime | times faster |",
        "|---|---|---|---|",
        .. peers.Select(p => string.Create(
            CultureInfo.InvariantCulture, $"| {p.Workload} | {p.Ours.Median:F0} ms | {p.Theirs.Median:F0} ms | {p.TimesFaster:F1} |")),
    ]);

    private static string Processes(IReadOnlyList<ProcessRecord> processes) => string.Join('\n',
    [
        "| command | ms: median (min-max) | peak resident MB | of them private |",
        "|---|---|---|---|",
        .. processes.Select(p => string.Create(
            CultureInfo.InvariantCulture,
            $"| {p.Command} | {p.Milliseconds.Median:F0} ({p.Milliseconds.Min:F0}-{p.Milliseconds.Max:F0}) | {p.PeakMegabytes:F0} | {p.PeakPrivateMegabytes:F0} |")),
    ]);

    private static string InstructionSets(IReadOnlyList<InstructionSetRecord> sets) => string.Join('\n',
    [
        $"| instructions | ms: median of medians (min-max) | over {sets[0].Instructions} |",
        "|---|---|---|",
        .. sets.Select(s => (s.Instructions, Ms: s.MedianMilliseconds)).Select(s => string.Create(
            CultureInfo.InvariantCulture,
            $"| {s.Instructions} | {s.Ms.Median:F1} ({s.Ms.Min:F1}-{s.Ms.Max:F1}) | {s.Ms.Median / sets[0].MedianMilliseconds.Median:F2} |")),
    ]);
}
