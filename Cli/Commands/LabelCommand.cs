using System.CommandLine;
using System.Runtime.CompilerServices;
using Gpu.Cli.Inputs;
using Gpu.Cli.Rendering;
using Gpu.Engine;
using Gpu.Engine.Results;
using Gpu.Kernels.Operations;

namespace Gpu.Cli.Commands;

/// <summary><c>vgg label IMAGE...</c></summary>
internal sealed class LabelCommand
{
    private readonly InputOptions inputs = new();

    private readonly Option<Padding> padding = new("--padding")
    {
        Description = "valid: a margin of 96 pixels stays unlabelled; same: every 32x32 cell.",
        DefaultValueFactory = _ => Padding.Valid,
    };

    private readonly Option<bool> fullResolution = new("--full-resolution") { Description = "A label for every pixel in the files that are saved." };

    private readonly ClassesOption classes = new("Show only these classes.");
    private readonly LabelFileOptions files = new();

    private readonly Option<string?> memory = new("--memory")
    {
        Description = "Most memory to use, such as 2G; larger pictures are labelled in windows, with the same result. Default: 3/4 of the device's.",
        HelpName = "SIZE",
    };

    private readonly Option<OutputFormat> format = FormatOption.Create(OutputFormat.Text, OutputFormat.Json, OutputFormat.Jsonl);
    private readonly ModelOptions model = new();

    private LabelCommand()
    {
    }

    public static Command Create()
    {
        var options = new LabelCommand();
        options.memory.Require(text => text is null || MemorySize.Parse(text) is not null, "--memory is an amount such as 2G or 800M.");
        var command = new Command(
            "label",
            """
            Label every 32-pixel cell of pictures with its most probable class. The network is a classifier slid over the picture,
            not a trained segmentation.

            Examples:
              vgg label street.jpg --output map.png --overlay overlay.png
              vgg label aerial.jpg --memory 2G --format json
              vgg label photos/*.jpg --overlay overlays/ --class car,"stop sign" --opacity 0.7
            """);
        options.inputs.AddTo(command);
        command.Add(options.padding);
        command.Add(options.fullResolution);
        options.classes.AddTo(command);
        options.files.AddTo(command);
        command.Add(options.memory);
        command.Add(options.format);
        options.model.AddTo(command);
        command.SetAction(options.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var pictures = inputs.Read(parsed);
        var saved = files.Read(parsed, pictures.Count, parsed.GetValue(fullResolution));
        using var network = model.Load(parsed, MemorySize.Parse(parsed.GetValue(memory)));
        var wanted = classes.Read(parsed, network.Labels);
        var (console, isAlone) = (parsed.InvocationConfiguration, pictures.Count == 1);
        var writer = new LabelMapWriter(parsed.GetValue(format), console.Output, isAlone, drawsCells: !saved.HavePictures, network.Network, network.Device);
        return await PictureProgress.RunAsync(
            console.Error, pictures.Count, !isAlone && GlobalOptions.ShowsProgress(parsed, outputFile: null), async progress =>
            {
                await foreach (var item in LabelAsync(parsed, network, pictures, cancellationToken))
                {
                    if (item.Map is null)
                    {
                        progress.Fail(item.Error!);
                        continue;
                    }

                    var results = saved.Save(item, wanted);
                    writer.Write(item, ClassSelection.Of(item.Map.Cells, wanted));
                    foreach (var file in results)
                    {
                        GlobalOptions.Notices(parsed).WriteLine($"Saved {file}.");
                    }

                    progress.Succeed();
                }
            },
            writer.End,
            cancellationToken);
    }

    /// <summary>Labels the pictures; one alone, which may be large, with a bar of its windows.</summary>
    private async IAsyncEnumerable<LabelledImage> LabelAsync(
        ParseResult parsed, VggModel network, PictureInputs pictures, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (pictures.Count == 1)
        {
            yield return await ProgressBar.ShowAsync(
                GlobalOptions.Notices(parsed), "Labelling", windows => Labelled(windows).FirstAsync(cancellationToken).AsTask());
            yield break;
        }

        await foreach (var item in Labelled(windows: null))
        {
            yield return item;
        }

        IAsyncEnumerable<LabelledImage> Labelled(IProgress<double>? windows)
        {
            var options = new LabelOptions { Padding = parsed.GetValue(padding), FullResolution = parsed.GetValue(fullResolution), Progress = windows };
            return network.LabelAsync(pictures.Paths, _ => options, model.ReadOptions(parsed), cancellationToken);
        }
    }
}
