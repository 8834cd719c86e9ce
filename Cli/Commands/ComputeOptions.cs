using System.CommandLine;
using Gpu.Engine;

namespace Gpu.Cli.Commands;

/// <summary>The options of where and how a network is computed.</summary>
internal sealed class ComputeOptions
{
    private static readonly Dictionary<string, Precision> Precisions = new()
    {
        ["float32"] = Precision.Float32,
        ["fp16-weights"] = Precision.Float16Weights,
    };

    private readonly Option<string> device = DeviceOption.Create();

    private readonly Option<int?> threads = new("--threads")
    {
        Description = "Threads of the cpu device. Default: as many as the process may use.",
        HelpName = "N",
    };

    private readonly Option<string> precision = new("--precision")
    {
        Description = "float32, or fp16-weights: on the cpu the weights of fully connected layers in half the memory and time to read them, "
            + "with logits changed by about 2e-4.",
        HelpName = "PRECISION",
        DefaultValueFactory = _ => "float32",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        threads.Require(n => n is null or >= 1, "--threads must be at least 1.");
        precision.AcceptOnlyFromAmong([.. Precisions.Keys]);
        command.Add(device);
        command.Add(threads);
        command.Add(precision);
    }

    /// <summary>What the options say.</summary>
    public VggOptions Read(ParseResult parsed) => new()
    {
        Device = parsed.GetValue(device)!,
        Threads = parsed.GetValue(threads),
        Precision = Precisions[parsed.GetValue(precision)!],
    };
}
