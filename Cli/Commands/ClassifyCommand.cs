using System.CommandLine;
using Gpu.Cli.Inputs;
using Gpu.Cli.Rendering;
using Gpu.Engine;
using Gpu.Engine.Results;

namespace Gpu.Cli.Commands;

/// <summary><c>vgg classify IMAGE...</c></summary>
internal sealed class ClassifyCommand
{
    private readonly InputOptions inputs = new();

    private readonly Option<int> top = new("--top", "-k") { Description = "Classes to print for each picture.", HelpName = "N", DefaultValueFactory = _ => 5 };

    private readonly Option<float> threshold = new("--threshold") { Description = "Print only classes of at least this probability, 0 to 1.", HelpName = "P" };

    private readonly Option<OutputFormat> format =
        FormatOption.Create(OutputFormat.Text, OutputFormat.Json, OutputFormat.Jsonl, OutputFormat.Csv, OutputFormat.Markdown);

    private readonly Option<string?> output = ResultFileOption.Create();

    private readonly Option<string?> saveInput = new("--save-input")
    {
        Description = "Save the picture that the network saw as PNG; for several pictures a folder.",
        HelpName = "FILE|FOLDER",
    };

    private readonly BatchOption batch = new();
    private readonly PreprocessingChoices preprocessing = new();
    private readonly ModelOptions model = new();

    private ClassifyCommand()
    {
    }

    public static Command Create()
    {
        var options = new ClassifyCommand();
        options.top.Require(n => n >= 1, "--top must be at least 1.");
        options.threshold.Require(p => p is >= 0 and <= 1, "--threshold is a probability from 0 to 1.");
        var command = new Command(
            "classify",
            """
            Print the most probable classes of pictures (central 224x224 after resizing the shorter side to 256).

            Examples:
              vgg classify photo.jpg --top 3
              vgg classify holidays --recursive --format csv --output classes.csv
              find . -name '*.jpg' | vgg classify - --format jsonl --threshold 0.5
            """);
        options.inputs.AddTo(command);
        command.Add(options.top);
        command.Add(options.threshold);
        command.Add(options.format);
        command.Add(options.output);
        command.Add(options.saveInput);
        options.batch.AddTo(command);
        options.preprocessing.AddTo(command);
        options.model.AddTo(command);
        command.SetAction(options.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (pictures, sizes, file) = (inputs.Read(parsed), preprocessing.Read(parsed), parsed.GetValue(output));
        var places = parsed.GetValue(saveInput) is { } target ? new OutputPlaces(target, pictures.Count) : null;
        using var network = model.Load(parsed, preprocessing: sizes);
        using var results = new ResultOutput(file, parsed.InvocationConfiguration.Output);
        var writer = ClassificationWriter.Create(parsed.GetValue(format), results.Writer, network.Network, network.Device);
        return await PictureProgress.RunAsync(
            parsed.InvocationConfiguration.Error, pictures.Count, GlobalOptions.ShowsProgress(parsed, file), async progress =>
            {
                await foreach (var item in network.ClassifyAsync(
                    pictures.Paths, batch.Read(parsed, network, pictures.Count), parsed.GetValue(top), model.ReadOptions(parsed), cancellationToken))
                {
                    Report(item, progress);
                }
            },
            () =>
            {
                writer.End();
                results.Commit();
            },
            cancellationToken);

        void Report(ClassifiedImage item, PictureProgress progress)
        {
            if (item.Image is null)
            {
                progress.Fail(item.Error!);
                return;
            }

            if (places is not null)
            {
                PictureFile.Save(NetworkInputPicture.Create(item.Image, sizes), places.For(item.Path));
            }

            var least = parsed.GetValue(threshold);
            writer.Write(item with { Predictions = [.. item.Predictions.Where(p => p.Probability >= least)] });
            progress.Succeed();
        }
    }
}
