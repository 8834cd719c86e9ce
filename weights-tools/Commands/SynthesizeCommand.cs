using System.CommandLine;
using System.Globalization;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Networks;
using Spectre.Console;

namespace Gpu.WeightsTools.Commands;

/// <summary><c>weights-tools synthesize FILE</c></summary>
internal static class SynthesizeCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "Checkpoint to write." };
        var network = new Option<string>("--network")
        {
            Description = $"{string.Join(", ", VggArchitecture.All.Select(a => $"{a.Scope} ({a.DisplayName})"))}.",
            DefaultValueFactory = _ => VggArchitecture.Vgg16.Scope,
        };
        network.AcceptOnlyFromAmong([.. VggArchitecture.All.Select(a => a.Scope)]);
        var width = new Option<string>("--width") { Description = "Width of the layers: 1, or a fraction such as 1/8.", HelpName = "1/N", DefaultValueFactory = _ => "1" };
        width.Validators.Add(result =>
        {
            if (ParseDivisor(result.GetValueOrDefault<string>()) is null)
            {
                result.AddError("--width is 1 or a fraction 1/N with N from 2 to 64.");
            }
        });
        var classes = new Option<int>("--classes") { Description = "Classes of the last layer.", HelpName = "N", DefaultValueFactory = _ => VggArchitecture.ImageNetClasses };
        classes.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 1 << 16)
            {
                result.AddError("--classes is from 1 to 65536.");
            }
        });
        var seed = new Option<int>("--seed") { Description = "Equal seeds give equal weights.", HelpName = "N", DefaultValueFactory = _ => 1 };
        var force = new Option<bool>("--force") { Description = "Replace FILE if it exists." };
        var command = new Command("synthesize", "Write a VGG checkpoint with random weights, for tests and benchmarks.") { file, network, width, classes, seed, force };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                var divisor = ParseDivisor(parsed.GetValue(width))!.Value;
                var architecture = VggArchitecture.All.Single(a => a.Scope == parsed.GetValue(network));
                Write(
                    parsed.GetValue(file)!, parsed.GetValue(force), architecture, divisor, parsed.GetValue(classes), parsed.GetValue(seed),
                    parsed.InvocationConfiguration.Error, cancellationToken);
                return ExitCode.Success;
            },
            cancellationToken));
        return command;
    }

    private static void Write(
        string path, bool force, VggArchitecture architecture, int divisor, int classes, int seed, TextWriter error, CancellationToken cancellationToken)
    {
        if (!force && File.Exists(path))
        {
            throw new CheckpointException($"'{path}' exists; name another file, or replace it with --force.");
        }

        if (!ReferenceEquals(error, Console.Error) || Console.IsErrorRedirected)
        {
            SyntheticNetwork.Write(path, CheckpointFormat.TensorFlowV1, architecture, divisor, classes, seed, null, cancellationToken);
            return;
        }

        var total = SyntheticNetwork.Bytes(architecture, divisor, classes);
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) }).Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask(Markup.Escape(Path.GetFileName(path)), maxValue: total);
                SyntheticNetwork.Write(path, CheckpointFormat.TensorFlowV1, architecture, divisor, classes, seed, new Reporter(written => task.Value = Math.Min(total, written)), cancellationToken);
                task.Value = total;
            });
    }

    /// <summary>N of "1/N", 1 of "1", null of anything else.</summary>
    private static int? ParseDivisor(string? text)
    {
        if (text == "1")
        {
            return 1;
        }

        return text?.StartsWith("1/", StringComparison.Ordinal) == true
            && int.TryParse(text.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out var divisor) && divisor is >= 2 and <= 64
            ? divisor
            : null;
    }

    /// <summary>Unlike <see cref="Progress{T}"/> reports on the writer's own thread, in order.</summary>
    private sealed class Reporter(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }
}
