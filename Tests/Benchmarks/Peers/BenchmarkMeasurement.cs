using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Gpu.Kernels.Host;
using Gpu.Loader.Checkpoints;
using Microsoft.ML.OnnxRuntime;

namespace Gpu.Benchmarks.Peers;

/// <summary>Measures everything that docs/benchmarks.md shows; takes some minutes of a quiet machine.</summary>
internal static class BenchmarkMeasurement
{
    private const int ProcessRuns = 7;
    private const int InstructionSetRounds = 5;

    public static BenchmarkRecords Run(string repository, TextWriter progress)
    {
        List<PeerRecord> peers = [.. PeersBenchmark.Run(string.Empty, progress).Select(c => c.ToRecord())];
        using var file = new FullSizeFile(CheckpointFormat.TensorFlowV1);
        progress.WriteLine("processes ...");
        var processes = Processes(repository, file.Path);
        progress.WriteLine("instruction sets ...");
        return new BenchmarkRecords(Machine(), peers, processes, InstructionSets(file.Path));
    }

    private static string Machine()
    {
        using var device = new HostDevice();
        var onnxRuntime = typeof(InferenceSession).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? string.Empty;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{device.Info.Name}, {device.Info.Driver} of {Environment.ProcessorCount}; {RuntimeInformation.OSDescription}; {RuntimeInformation.FrameworkDescription}; "
            + $"ONNX Runtime {onnxRuntime.Split('+')[0]}; {DateTime.UtcNow:yyyy-MM-dd}");
    }

    private static List<ProcessRecord> Processes(string repository, string weights)
    {
        string[] common = ["--weights", weights, "--device", "cpu", "--threads", "2"];
        var photo = Path.Combine(repository, "samples", "sunflower.jpg");
        var scene = Path.Combine(repository, "samples", "scene_mosaic.png");
        (string Name, string[] Arguments)[] commands =
        [
            ("`vgg classify`", ["classify", photo, .. common]),
            ("`vgg classify --precision fp16-weights`", ["classify", photo, "--precision", "fp16-weights", .. common]),
            ("`vgg classify --precision int20-weights`", ["classify", photo, "--precision", "int20-weights", .. common]),
            ("`vgg label`, 768x1024", ["label", scene, "--format", "json", .. common]),
        ];
        var records = new List<ProcessRecord>();
        foreach (var (name, arguments) in commands)
        {
            ProcessRun[] runs = [.. Enumerable.Range(0, ProcessRuns).Select(_ => VggProcess.Run(arguments))];
            records.Add(new ProcessRecord(
                name, Times.Of([.. runs.Select(r => r.Milliseconds)]), runs.Max(r => r.PeakMegabytes), runs.Max(r => r.PeakPrivateMegabytes)));
        }

        return records;
    }

    private static List<InstructionSetRecord> InstructionSets(string weights)
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

        return [.. medians.Select(m => new InstructionSetRecord(m.Key, Times.Of(m.Value)))];
    }
}
