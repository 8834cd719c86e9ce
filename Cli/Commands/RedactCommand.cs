using System.CommandLine;
using Gpu.Cli.Inputs;
using Gpu.Cli.Redaction;
using Gpu.Cli.Rendering;
using Gpu.Engine;

namespace Gpu.Cli.Commands;

/// <summary><c>vgg redact IMAGE... --class NAME</c></summary>
internal sealed class RedactCommand
{
    private const int GreatestFeather = 1000;

    private readonly InputOptions inputs = new();

    private readonly ClassesOption classes = new("What is not to be seen.", isRequired: true);

    private readonly Option<RedactionMode> mode = new("--mode", "-m")
    {
        Description = "What takes their place; fill is black.",
        DefaultValueFactory = _ => RedactionMode.Blur,
    };

    private readonly Option<double> strength = new("--strength")
    {
        Description = "Side of the blocks whose means remain, as a share of the region's shorter side, 0.1 to 1.",
        HelpName = "SHARE",
        DefaultValueFactory = _ => 0.25,
    };

    private readonly Option<int> feather = new("--feather")
    {
        Description = "Pixels beyond the region in which the change fades out.",
        HelpName = "N",
        DefaultValueFactory = _ => 16,
    };

    private readonly Option<string?> output = new("--output", "-o")
    {
        Description = "Save the picture as PNG or JPEG, without its metadata; for several pictures a folder.",
        HelpName = "FILE|FOLDER",
    };

    private readonly Option<bool> inPlace = new("--in-place") { Description = "Replace the pictures themselves." };
    private readonly Option<OutputFormat> format = FormatOption.Create(OutputFormat.Text, OutputFormat.Json, OutputFormat.Jsonl);
    private readonly PaddingOption padding = new();
    private readonly ModelOptions model = new();

    private RedactCommand()
    {
    }

    public static Command Create()
    {
        var options = new RedactCommand();
        options.mode.AcceptOnlyFromAmong([.. Enum.GetNames<RedactionMode>().Select(n => n.ToLowerInvariant())]);
        options.strength.Require(s => s is >= 0.1 and <= 1, "--strength is a share from 0.1 to 1.");
        options.feather.Require(f => f is >= 0 and <= GreatestFeather, $"--feather is a number of pixels from 0 to {GreatestFeather}.");
        var command = new Command(
            "redact",
            """
            Make the pixels of classes unrecognisable. The network is a classifier slid over the picture: look at the result before you rely on it.

            Examples:
              vgg redact party.jpg --class face --output redacted.jpg
              vgg redact holidays --class face --class car --mode pixelate --output redacted/
            """);
        options.inputs.AddTo(command);
        options.classes.AddTo(command);
        command.Add(options.mode);
        command.Add(options.strength);
        command.Add(options.feather);
        command.Add(options.output);
        command.Add(options.inPlace);
        command.Add(options.format);
        options.padding.AddTo(command);
        options.model.AddTo(command);
        command.SetAction(options.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var places = new RedactionPlaces([.. inputs.Read(parsed).Paths], parsed.GetValue(output), parsed.GetValue(inPlace));
        using var network = model.Load(parsed);
        var unwanted = classes.Read(parsed, network.Labels)!;
        var style = new RedactionStyle(parsed.GetValue(mode), parsed.GetValue(strength), parsed.GetValue(feather));
        var console = parsed.InvocationConfiguration;
        var writer = new RedactionWriter(parsed.GetValue(format), console.Output, network.Network, network.Device, style.Mode, unwanted);
        return await PictureProgress.RunAsync(
            console.Error, places.Inputs.Count, GlobalOptions.ShowsProgress(parsed, outputFile: null), async progress =>
            {
                await foreach (var item in network.LabelAsync(
                    places.Inputs,
                    image => new LabelOptions { Padding = padding.For(parsed, image), FullResolution = true },
                    model.ReadOptions(parsed),
                    cancellationToken))
                {
                    if (item.Map is null)
                    {
                        progress.Fail(item.Error!);
                        continue;
                    }

                    var redacted = RedactedImage.Of(item, unwanted, style);
                    writer.Write(redacted, places.Save(redacted));
                    progress.Succeed();
                }
            },
            writer.End,
            cancellationToken);
    }
}
