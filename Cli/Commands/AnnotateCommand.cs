using System.CommandLine;
using Gpu.Cli.Inputs;
using Gpu.Cli.Rendering;
using Gpu.Engine;

namespace Gpu.Cli.Commands;

/// <summary><c>vgg annotate IMAGE...</c></summary>
internal sealed class AnnotateCommand
{
    private readonly InputOptions inputs = new();

    private readonly ClassesOption classes = new("Only these classes.");

    private readonly Option<double> threshold = new("--threshold")
    {
        Description = "Count only cells of at least this confidence, 0 to 1.",
        HelpName = "P",
        DefaultValueFactory = _ => 0.5,
    };

    private readonly Option<double> minimumArea = new("--min-area")
    {
        Description = "Leave out regions with less than this share of the picture, 0 to 1.",
        HelpName = "SHARE",
    };

    private readonly Option<AnnotationFormat> format = FormatOption.Create(
        AnnotationFormat.Text, AnnotationFormat.Json, AnnotationFormat.Jsonl, AnnotationFormat.Csv, AnnotationFormat.Coco);

    private readonly Option<string?> output = ResultFileOption.Create();

    private readonly Option<string?> picture = new("--picture", "-p")
    {
        Description = "Save the photograph with boxes and names as PNG; for several photographs a folder.",
        HelpName = "FILE|FOLDER",
    };

    private readonly PaddingOption padding = new();
    private readonly ModelOptions model = new();

    private AnnotateCommand()
    {
    }

    public static Command Create()
    {
        var options = new AnnotateCommand();
        options.threshold.Require(p => p is >= 0 and <= 1, "--threshold is a probability from 0 to 1.");
        options.minimumArea.Require(p => p is >= 0 and <= 1, "--min-area is a share of the picture from 0 to 1.");
        var command = new Command(
            "annotate",
            """
            List the objects in pictures: classes with confidence, area, box and position.

            Examples:
              vgg annotate street.jpg --picture annotated.png
              vgg annotate holidays --recursive --format coco --output annotations.json
              vgg annotate street.jpg --class "school bus" --threshold 0.3 --format json
            """);
        options.inputs.AddTo(command);
        options.classes.AddTo(command);
        command.Add(options.threshold);
        command.Add(options.minimumArea);
        command.Add(options.format);
        command.Add(options.output);
        command.Add(options.picture);
        options.padding.AddTo(command);
        options.model.AddTo(command);
        command.SetAction(options.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (pictures, file) = (inputs.Read(parsed), parsed.GetValue(output));
        using var network = model.Load(parsed);
        var wanted = classes.Read(parsed, network.Labels);
        var places = parsed.GetValue(picture) is { } target ? new OutputPlaces(target, pictures.Count) : null;
        using var results = new ResultOutput(file, parsed.InvocationConfiguration.Output);
        var writer = AnnotationWriter.Create(parsed.GetValue(format), results.Writer, network.Network, network.Device, network.Labels);
        return await PictureProgress.RunAsync(
            parsed.InvocationConfiguration.Error, pictures.Count, GlobalOptions.ShowsProgress(parsed, file), async progress =>
            {
                await foreach (var item in network.LabelAsync(
                    pictures.Paths, image => new LabelOptions { Padding = padding.For(parsed, image) }, model.ReadOptions(parsed), cancellationToken))
                {
                    if (item.Map is null)
                    {
                        progress.Fail(item.Error!);
                        continue;
                    }

                    var annotated = AnnotatedImage.Of(item, wanted, parsed.GetValue(threshold), parsed.GetValue(minimumArea));
                    if (places is not null)
                    {
                        SavePicture(annotated, places.For(item.Path), GlobalOptions.Notices(parsed));
                    }

                    writer.Write(annotated);
                    progress.Succeed();
                }
            },
            () =>
            {
                writer.End();
                results.Commit();
            },
            cancellationToken);
    }

    private static void SavePicture(AnnotatedImage annotated, string path, TextWriter notices)
    {
        using var picture = AnnotatedPicture.Draw(annotated.Item.Image!, annotated.Regions);
        PictureFile.Save(picture, path);
        notices.WriteLine($"Saved {path}.");
    }
}
