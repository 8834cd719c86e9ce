using System.CommandLine;
using System.Globalization;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Networks;

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
        var format = FileFormats.CreateOption();
        var force = new Option<bool>("--force") { Description = "Replace FILE if it exists." };
        var command = new Command(
            "synthesize",
            """
            Write a VGG checkpoint with random weights, for tests and benchmarks.

            Examples:
              weights-tools synthesize random.ckpt                                      a full-size VGG-16, 553 MB
              weights-tools synthesize thin.ckpt --width 1/8 --classes 10 --seed 7
              weights-tools synthesize vgg_19.safetensors --network vgg_19
            """)
        {
            file, format, network, width, classes, seed, force,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                var request = new Request(
                    parsed.GetValue(file)!, FileFormats.Parse(parsed.GetValue(format), parsed.GetValue(file)!), VggArchitecture.All.Single(a => a.Scope == parsed.GetValue(network)),
                    ParseDivisor(parsed.GetValue(width))!.Value, parsed.GetValue(classes), parsed.GetValue(seed));
                FileFormats.RequireFree(request.Path, request.Format, parsed.GetValue(force));
                Write(request, parsed.InvocationConfiguration.Error, cancellationToken);
                return ExitCode.Success;
            },
            cancellationToken));
        return command;
    }

    private static void Write(Request request, TextWriter error, CancellationToken cancellationToken)
    {
        var (path, format, architecture, divisor, classes, seed) = request;
        ByteProgress.Show(error, Path.GetFileName(path), SyntheticNetwork.Bytes(architecture, divisor, classes), progress =>
        {
            SyntheticNetwork.Write(path, format, architecture, divisor, classes, seed, progress, cancellationToken);
            return path;
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

    private sealed record Request(string Path, CheckpointFormat Format, VggArchitecture Architecture, int WidthDivisor, int Classes, int Seed);
}
