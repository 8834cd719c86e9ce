using System.CommandLine;
using Gpu.Cli.Rendering;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Networks;

namespace Gpu.Cli.Commands;

/// <summary><c>vgg bench</c></summary>
internal static class BenchCommand
{
    private const int Seed = 1;

    /// <summary>Of an input: 4 GiB.</summary>
    private const long MaximumElements = 1 << 30;

    public static Command Create()
    {
        var network = new Option<string>("--network")
        {
            Description = $"{string.Join(", ", VggArchitecture.All.Select(a => $"{a.Scope} ({a.DisplayName})"))}, with random weights of a fixed seed.",
            DefaultValueFactory = _ => VggArchitecture.Vgg16.Scope,
        };
        network.AcceptOnlyFromAmong([.. VggArchitecture.All.Select(a => a.Scope)]);
        var width = Bounded("--width-divisor", "Divides the channels of all layers.", 1, 1, 64);
        var weights = new Option<string?>("--weights", "-w") { Description = "Measure with this checkpoint instead of random weights.", HelpName = "FILE" };
        var batch = Bounded("--batch", "Inputs of a run.", 1, 1, 1024);
        var size = new InputSizeOption();
        var runs = Bounded("--runs", "Measured runs.", 20, 1, 100_000);
        var warmup = Bounded("--warmup", "Runs before them; the first of all is told apart, since it compiles the kernels.", 3, 0, 1000);
        var layers = new Option<bool>("--layers") { Description = "Measure every layer too; an accelerator then waits after each." };
        var format = FormatOption.Create(OutputFormat.Text, OutputFormat.Json);
        var compute = new ComputeOptions();
        var command = new Command(
            "bench",
            """
            Time the network on a random input, without reading pictures or printing classes.

            Examples:
              vgg bench                                                        one 224x224 input
              vgg bench --device cpu --threads 2 --batch 8 --format json
              vgg bench --size 768x1024 --layers --runs 5
            """)
        {
            network, width, weights, batch, size.Option, runs, warmup, layers, format,
        };
        compute.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                var input = size.Read(parsed, parsed.GetValue(batch));
                if (input.Elements > MaximumElements)
                {
                    throw new UsageException($"--batch and --size make an input of {input.Elements} values, and at most {MaximumElements} are measured.");
                }

                var bench = new Bench(input, parsed.GetValue(runs), parsed.GetValue(warmup), parsed.GetValue(layers));
                var architecture = VggArchitecture.All.Single(a => a.Scope == parsed.GetValue(network));
                using var checkpoint = parsed.GetValue(weights) is { } file
                    ? Checkpoint.Open(file)
                    : SyntheticNetwork.InMemory(architecture, parsed.GetValue(width), VggArchitecture.ImageNetClasses, Seed, cancellationToken);
                var record = bench.Run(checkpoint, compute.Read(parsed), cancellationToken);
                BenchWriter.Write(parsed.GetValue(format), parsed.InvocationConfiguration.Output, record);
                return ExitCode.Success;
            },
            cancellationToken));
        return command;
    }

    private static Option<int> Bounded(string name, string description, int value, int minimum, int maximum)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => value };
        option.Require(n => n >= minimum && n <= maximum, $"{name} is from {minimum} to {maximum}.");
        return option;
    }
}
