using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Gpu.Kernels.Host;
using Gpu.Loader.Checkpoints;
using Microsoft.ML.OnnxRuntime;

namespace Gpu.Benchmarks.Peers;

/// <summary>Measures everything that docs/benchmarks.md shows, writes that page, and the short table of the README between its markers.</summary>
internal static class BenchmarkPage
{
    private const string Begin = "<!-- benchmarks -->";
    private const string End = "<!-- /benchmarks -->";
    private const int ProcessRuns = 7;
    private const int InstructionSetRounds = 5;

    /// <summary>Measures, and writes into a checkout.</summary>
    public static void Write(string repository, TextWriter progress)
    {
        var comparisons = PeersBenchmark.Run(string.Empty, progress);
        using var file = new FullSizeFile(CheckpointFormat.TensorFlowV1);
        progress.WriteLine("processes ...");
        var processes = Processes(repository, file.Path);
        progress.WriteLine("instruction sets ...");
        var instructionSets = InstructionSets(file.Path);
        var peers = PeersTable.Format(comparisons);
        File.WriteAllText(Path.Combine(repository, "docs", "benchmarks.md"), Page(peers, processes, instructionSets));

        var readme = Path.Combine(repository, "README.md");
        var text = File.ReadAllText(readme);
        var (begin, end) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));
        File.WriteAllText(readme, $"{text[..begin]}\n{Short(comparisons)}\n{text[end..]}");
    }

    private static string Page(string peers, string processes, string instructionSets) =>
        $"""
        # Benchmarks

        Written by `dotnet run -c Release --project Tests/Benchmarks -- page .`; not by hand. Medians of one run on a shared machine; ratios
        hold where absolute figures do not.

        {Machine()}

        ## Beside ONNX Runtime
        VGG-16 with the same random weights and input, in one process, by turns. ONNX Runtime has its defaults but for the number of
        threads. Loading is from a file in the page cache to a network that is ready.

        {peers}

        ncnn was not run here. On another machine of this kind, with two threads, it took 80 ms (strict float32) for the first workload and
        1653 to 1773 ms for the dense one, where ONNX Runtime took 165 to 173 and 2910. It loaded in 1.1 to 1.4 s.

        ## The command as a process
        From its start to its end, runtime, compilation and loading included; the weights, 553 MB, are in the page cache.

        {processes}

        ## Instruction sets
        `vgg bench` at 224x224 with two threads, by turns. `DOTNET_EnableAVX512=0` and `DOTNET_EnableAVX2=0` are what .NET 10 obeys.

        {instructionSets}

        """;

    private static string Machine()
    {
        using var device = new HostDevice();
        var onnxRuntime = typeof(InferenceSession).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? string.Empty;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{device.Info.Name}, {device.Info.Driver} of {Environment.ProcessorCount}; {RuntimeInformation.OSDescription}; {RuntimeInformation.FrameworkDescription}; "
            + $"ONNX Runtime {onnxRuntime.Split('+')[0]}; {DateTime.UtcNow:yyyy-MM-dd}.");
    }

    private static string Short(IReadOnlyList<Comparison> comparisons) => string.Join('\n',
    [
        "| VGG-16 on two cores | ours | ONNX Runtime | times faster |",
        "|---|---|---|---|",
        .. comparisons.Select(c => string.Create(
            CultureInfo.InvariantCulture, $"| {c.Name} | {Comparison.Median(c.Ours):F0} ms | {Comparison.Median(c.Theirs):F0} ms | {c.Ratio:F1} |")),
    ]);

    private static string Processes(string repository, string weights)
    {
        string[] common = ["--weights", weights, "--device", "cpu", "--threads", "2"];
        var photo = Path.Combine(repository, "samples", "sunflower.jpg");
        var scene = Path.Combine(repository, "samples", "scene_mosaic.png");
        (string Name, string[] Arguments)[] commands =
        [
            ("`vgg classify`", ["classify", photo, .. common]),
            ("`vgg classify --precision fp16-weights`", ["classify", photo, "--precision", "fp16-weights", .. common]),
            ("`vgg label`, 768x1024", ["label", scene, "--format", "json", .. common]),
        ];
        var lines = new List<string> { "| command | ms: median (min-max) | peak resident MB | of them private |", "|---|---|---|---|" };
        foreach (var (name, arguments) in commands)
        {
            ProcessRun[] runs = [.. Enumerable.Range(0, ProcessRuns).Select(_ => VggProcess.Run(arguments))];
            double[] times = [.. runs.Select(r => r.Milliseconds)];
            lines.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"| {name} | {Comparison.Median(times):F0} ({times.Min():F0}-{times.Max():F0}) | {runs.Max(r => r.PeakMegabytes):F0} | {runs.Max(r => r.PeakPrivateMegabytes):F0} |"));
        }

        return string.Join('\n', lines);
    }

    private static string InstructionSets(string weights)
    {
        (string Name, (string, string)[] Environment)[] sets =
        [
            ("AVX-512", []),
            ("AVX2", [("DOTNET_EnableAVX512", "0")]),
            ("128 bits", [("DOTNET_EnableAVX2", "0")]),
        ];
        string[] arguments = ["bench", "--device", "cpu", "--threads", "2", "--weights", weights, "--runs", "15", "--check", "0", "--format", "json"];
        var medians = sets.ToDictionary(s => s.Name, _ => new List<double>());
        for (var round = 0; round < InstructionSetRounds; round++)
        {
            foreach (var (name, environment) in sets)
            {
                medians[name].Add(VggProcess.BenchMedian(VggProcess.Run(arguments, environment)));
            }
        }

        var widest = Comparison.Median([.. medians[sets[0].Name]]);
        return string.Join('\n',
        [
            "| instructions | ms: median of medians (min-max) | over AVX-512 |",
            "|---|---|---|",
            .. medians.Select(m => string.Create(
                CultureInfo.InvariantCulture,
                $"| {m.Key} | {Comparison.Median([.. m.Value]):F1} ({m.Value.Min():F1}-{m.Value.Max():F1}) | {Comparison.Median([.. m.Value]) / widest:F2} |")),
        ]);
    }
}
