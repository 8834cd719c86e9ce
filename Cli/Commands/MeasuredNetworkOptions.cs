using System.CommandLine;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Networks;

namespace Gpu.Cli.Commands;

/// <summary>The options of which network is measured: one with random weights, or a checkpoint's.</summary>
internal sealed class MeasuredNetworkOptions
{
    private const int Seed = 1;

    private readonly Option<string> network = new("--network")
    {
        Description = $"{string.Join(", ", VggArchitecture.All.Select(a => a.Scope))}, with random weights of a fixed seed.",
        HelpName = "NAME",
        DefaultValueFactory = _ => VggArchitecture.Vgg16.Scope,
    };

    private readonly Option<int> width = BoundedOption.Create("--width-divisor", "Divides the channels of all layers.", 1, 1, 64);

    private readonly Option<string?> weights = new("--weights", "-w") { Description = "Measure with this checkpoint instead of random weights.", HelpName = "FILE" };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        network.AcceptOnlyFromAmong([.. VggArchitecture.All.Select(a => a.Scope)]);
        command.Add(network);
        command.Add(width);
        command.Add(weights);
    }

    /// <summary>Opens or makes the network.</summary>
    /// <exception cref="CheckpointException">The checkpoint cannot be read.</exception>
    public Checkpoint Open(ParseResult parsed, CancellationToken cancellationToken) => parsed.GetValue(weights) is { } file
        ? Checkpoint.Open(file)
        : SyntheticNetwork.InMemory(
            VggArchitecture.All.Single(a => a.Scope == parsed.GetValue(network)), parsed.GetValue(width), VggArchitecture.ImageNetClasses, Seed, cancellationToken);
}
