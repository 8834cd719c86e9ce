using System.CommandLine;
using Gpu.Cli.Rendering;
using Gpu.Engine;

namespace Gpu.Cli.Commands;

/// <summary>The options of where and how a network is computed.</summary>
internal sealed class ComputeOptions
{
    private static readonly Dictionary<string, Precision> Precisions = new()
    {
        ["float32"] = Precision.Float32,
        ["fp16-weights"] = Precision.Float16Weights,
        ["fp16"] = Precision.Float16,
        ["bf16"] = Precision.BFloat16,
        ["tf32"] = Precision.TensorFloat32,
        ["3xtf32"] = Precision.TensorFloat32x3,
    };

    private readonly Option<string> device = DeviceOption.Create();

    private readonly Option<int?> threads = new("--threads")
    {
        Description = "Threads of the cpu device. Default: as many as the process may use.",
        HelpName = "N",
    };

    private readonly Option<string> precision = new("--precision")
    {
        Description = "float32; fp16-weights: fully connected weights in half the memory, logits within about 2e-4; on NVIDIA tensor cores fp16, bf16, tf32, and 3xtf32 as accurate as float32.",
        HelpName = "PRECISION",
        DefaultValueFactory = _ => "float32",
    };

    private readonly Option<string[]> algorithms = new("--algorithm")
    {
        Description = "Algorithm of a layer: conv3_2=direct, *=direct; may be repeated.",
        HelpName = "LAYER=NAME",
    };

    private readonly Option<bool> tune = new("--tune")
    {
        Description = "Measure every layer's algorithms once and remember the fastest.",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        threads.Require(n => n is null or >= 1, "--threads must be at least 1.");
        precision.AcceptOnlyFromAmong([.. Precisions.Keys]);
        command.Add(device);
        command.Add(threads);
        algorithms.Require(
            all => all is null || Array.TrueForAll(all, a => a.Split('=') is [{ Length: > 0 }, { Length: > 0 }]),
            "--algorithm is a layer and an algorithm, such as conv3_2=direct.");
        command.Add(precision);
        command.Add(algorithms);
        command.Add(tune);
    }

    /// <summary>What the options say.</summary>
    public VggOptions Read(ParseResult parsed) => new()
    {
        Device = parsed.GetValue(device)!,
        Threads = parsed.GetValue(threads),
        Precision = Precisions[parsed.GetValue(precision)!],
        Algorithms = (parsed.GetValue(algorithms) ?? []).Select(a => a.Split('=')).DistinctBy(a => a[0]).ToDictionary(a => a[0], a => a[1]),
        Tuning = parsed.GetValue(tune) ? AlgorithmTuning.Measure : AlgorithmTuning.Remember,
        TrialObserver = trial => GlobalOptions.Notices(parsed).WriteLine(TrialLine.Format(trial)),
    };
}
