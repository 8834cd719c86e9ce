using System.CommandLine;
using Gpu.Cli.Laboratory;
using Gpu.Cli.Rendering;
using Gpu.Engine;
using Gpu.Kernels.Devices;

namespace Gpu.Cli.Commands;

/// <summary>The options of where and how a network is computed.</summary>
internal sealed class ComputeOptions
{
    private const int MaximumThreads = 4096;

    private static readonly Dictionary<string, Precision> Precisions = new()
    {
        ["float32"] = Precision.Float32,
        ["fp16-weights"] = Precision.Float16Weights,
        ["int20-weights"] = Precision.Int20Weights,
        ["fp16"] = Precision.Float16,
        ["bf16"] = Precision.BFloat16,
        ["tf32"] = Precision.TensorFloat32,
        ["3xtf32"] = Precision.TensorFloat32x3,
        ["3xbf16"] = Precision.BFloat16x3,
        ["3xbf16-fp16-weights"] = Precision.BFloat16x3Float16Weights,
    };

    private readonly bool takesLists;

    private readonly Option<string> device;

    private readonly Option<int?> threads = new("--threads")
    {
        Description = "Threads of the cpu device. Default: as many as the process may use.",
        HelpName = "N",
    };

    private readonly Option<string?> threadLists = new("--threads")
    {
        Description = "Threads of the cpu device: N,... as of --batch. Default: as many as the process may use.",
        HelpName = "N,...",
    };

    private readonly Option<string> precision = new("--precision")
    {
        Description = "float32; with smaller fully connected weights: fp16-weights (logits within 1e-3) or int20-weights (1e-5); on Intel CPUs with AMX: 3xbf16 (5e-5) or 3xbf16-fp16-weights; on NVIDIA tensor cores: fp16, bf16, tf32, or 3xtf32 (as float32).",
        HelpName = "PRECISION",
        DefaultValueFactory = _ => "float32",
    };

    private readonly Option<string[]> kernels = KernelsOption.Create();

    private readonly Option<string[]> algorithms = new("--algorithm")
    {
        Description = "Algorithm of a layer: conv3_2=direct, *=direct; may be repeated.",
        HelpName = "LAYER=NAME",
    };

    private readonly Option<bool> tune = new("--tune")
    {
        Description = "Measure every layer's algorithms once and remember the fastest.",
    };

    /// <summary>Makes the options.</summary>
    /// <param name="takesLists">Whether device, threads and precision may be lists, separated by commas.</param>
    public ComputeOptions(bool takesLists = false)
    {
        this.takesLists = takesLists;
        device = DeviceOption.Create();
        if (takesLists)
        {
            device.Description = "auto, or those to compare: cpu,cuda:0.";
            (device.HelpName, precision.HelpName) = ("DEVICE,...", "PRECISION,...");
            precision.Description = $"Of {string.Join(", ", Precisions.Keys)}.";
        }
    }

    /// <summary>The name of a precision on the command line.</summary>
    public static string NameOf(Precision precision) => Precisions.First(p => p.Value == precision).Key;

    /// <summary>Adds the options of the device alone to a command.</summary>
    public void AddDeviceTo(Command command)
    {
        threads.Require(n => n is null or >= 1, "--threads must be at least 1.");
        threadLists.Require(text => text is null || ParseThreads(text) is not null, $"--threads is a list of numbers from 1 to {MaximumThreads}, such as 1,2 or 1-8*2.");
        command.Add(device);
        command.Add(takesLists ? threadLists : threads);
    }

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        precision.Require(
            text => (takesLists ? text!.Split(',') : [text!]).All(Precisions.ContainsKey),
            $"--precision is {(takesLists ? "a list of" : "one of")} {string.Join(", ", Precisions.Keys)}.");
        precision.CompletionSources.Add(_ => Precisions.Keys);
        AddDeviceTo(command);
        algorithms.Require(
            all => all is null || Array.TrueForAll(all, a => a.Split('=') is [{ Length: > 0 }, { Length: > 0 }]),
            "--algorithm is a layer and an algorithm, such as conv3_2=direct.");
        command.Add(precision);
        command.Add(algorithms);
        command.Add(kernels);
        command.Add(tune);
    }

    /// <summary>Adds the options of the device and its algorithms to a command.</summary>
    public void AddAlgorithmsTo(Command command)
    {
        AddDeviceTo(command);
        command.Add(kernels);
    }

    /// <summary>Opens the device that the options of <see cref="AddDeviceTo"/> or <see cref="AddAlgorithmsTo"/> describe.</summary>
    /// <exception cref="DeviceException">It is absent or cannot be opened.</exception>
    /// <exception cref="KernelLibraryException">A library of algorithms cannot be used.</exception>
    public Device OpenDevice(ParseResult parsed) => DeviceCatalog.Open(
        parsed.GetValue(device)!, new DeviceOptions { Threads = parsed.GetValue(threads), AlgorithmProviders = KernelsOption.Read(parsed, kernels) });

    /// <summary>What the options say, where each has one value.</summary>
    public VggOptions Read(ParseResult parsed) => ReadAll(parsed).Single();

    /// <summary>What the options say: every device with every number of threads and every precision.</summary>
    public IEnumerable<VggOptions> ReadAll(ParseResult parsed)
    {
        var all = new VggOptions
        {
            AlgorithmProviders = KernelsOption.Read(parsed, kernels),
            Algorithms = (parsed.GetValue(algorithms) ?? []).Select(a => a.Split('=')).DistinctBy(a => a[0]).ToDictionary(a => a[0], a => a[1]),
            Tuning = parsed.GetValue(tune) ? AlgorithmTuning.Measure : AlgorithmTuning.Remember,
            TrialObserver = trial => GlobalOptions.Notices(parsed).WriteLine(TrialLine.Format(trial)),
        };
        int?[] counts = !takesLists ? [parsed.GetValue(threads)]
            : parsed.GetValue(threadLists) is { } text ? [.. ParseThreads(text)!.Select(n => (int?)n)]
            : [null];
        return from id in takesLists ? parsed.GetValue(device)!.Split(',') : [parsed.GetValue(device)!]
               from count in counts
               from name in parsed.GetValue(precision)!.Split(',')
               select all with { Device = id, Threads = count, Precision = Precisions[name] };
    }

    private static IReadOnlyList<int>? ParseThreads(string text) => NumberList.Parse(text, 1, MaximumThreads);
}
