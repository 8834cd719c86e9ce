using System.CommandLine;
using Gpu.Cli.Inputs;
using Gpu.Cli.Rendering;
using Gpu.Engine;
using Gpu.Engine.Results;
using Gpu.Loader.Labels;

namespace Gpu.Cli.Commands;

/// <summary><c>vgg eval FOLDER</c></summary>
internal sealed class EvalCommand
{
    private readonly Argument<string> folder = new("FOLDER")
    {
        Description = "A folder with a folder of pictures for each class, named by its name, index or WordNet id; with --truth, where the list's paths begin.",
        DefaultValueFactory = _ => ".",
    };

    private readonly Option<string?> truth = new("--truth")
    {
        Description = "The classes in a list instead: on each line a path, a tab, and a class's name, index or WordNet id.",
        HelpName = "FILE",
    };

    private readonly Option<OutputFormat> format = FormatOption.Create(OutputFormat.Text, OutputFormat.Json, OutputFormat.Csv, OutputFormat.Markdown);
    private readonly Option<string?> output = ResultFileOption.Create();
    private readonly Option<string?> confusion = new("--confusion") { Description = "Save the confusion matrix as CSV: a row a true class, a column a predicted one.", HelpName = "FILE" };
    private readonly Option<string?> confusionPicture = new("--confusion-picture") { Description = "Save the confusion matrix as PNG.", HelpName = "FILE" };
    private readonly BatchOption batch = new();
    private readonly PreprocessingChoices preprocessing = new();
    private readonly ModelOptions model = new();

    private EvalCommand()
    {
    }

    public static Command Create()
    {
        var options = new EvalCommand();
        var command = new Command(
            "eval",
            """
            Count how often the network is right on pictures whose classes are known: top-1, top-5, by class, and what is taken for what.

            Examples:
              vgg eval photos                               of photos/sunflower/*.jpg, photos/laptop/*.jpg, ...
              vgg eval --truth list.tsv --format csv --output accuracy.csv
              vgg eval photos --confusion confusion.csv --confusion-picture confusion.png
            """)
        {
            options.folder, options.truth, options.format, options.output, options.confusion, options.confusionPicture,
        };
        options.batch.AddTo(command);
        options.preprocessing.AddTo(command);
        options.model.AddTo(command);
        command.SetAction(options.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var network = model.Load(parsed, preprocessing: preprocessing.Read(parsed));
        if (parsed.GetValue(confusionPicture) is not null && network.Labels.Count > ConfusionPicture.GreatestCount)
        {
            throw new UsageException($"--confusion-picture draws up to {ConfusionPicture.GreatestCount} classes, and the network has {network.Labels.Count}; --confusion has no limit.");
        }

        var names = new ClassNames(network.Labels);
        var pictures = parsed.GetValue(truth) is { } list
            ? LabelledPictures.InList(list, parsed.GetValue(folder)!, names)
            : LabelledPictures.InFolders(parsed.GetValue(folder)!, names);
        var evaluation = new Evaluation();
        var failed = 0;
        var file = parsed.GetValue(output);
        using var results = new ResultOutput(file, parsed.InvocationConfiguration.Output);
        return await PictureProgress.RunAsync(
            parsed.InvocationConfiguration.Error, pictures.Count, GlobalOptions.ShowsProgress(parsed, file), async progress =>
            {
                using var next = pictures.GetEnumerator();
                await foreach (var item in network.ClassifyAsync(
                    pictures.Select(p => p.Path), batch.Read(parsed, network, pictures.Count), Evaluation.Five, model.ReadOptions(parsed), cancellationToken))
                {
                    next.MoveNext();
                    if (item.Image is null)
                    {
                        failed++;
                        progress.Fail(item.Error!);
                        continue;
                    }

                    evaluation.Add(next.Current.Truth, item.Predictions);
                    progress.Succeed();
                }
            },
            () =>
            {
                // A part of a set that is sorted by class would mislead.
                cancellationToken.ThrowIfCancellationRequested();
                SaveConfusion(parsed, evaluation);
                EvaluationWriter.Write(parsed.GetValue(format), results.Writer, evaluation, new EvaluationRun(network.Network, network.Device, failed));
                results.Commit();
            },
            cancellationToken);
    }

    private void SaveConfusion(ParseResult parsed, Evaluation evaluation)
    {
        if (parsed.GetValue(confusion) is { } table)
        {
            OutputFile.Write(table, stream => ConfusionTable.Write(evaluation, stream));
            GlobalOptions.Notices(parsed).WriteLine($"Saved {table}.");
        }

        if (parsed.GetValue(confusionPicture) is { } path && evaluation.Pictures > 0)
        {
            using var picture = ConfusionPicture.Draw(evaluation);
            PictureFile.Save(picture, path);
            GlobalOptions.Notices(parsed).WriteLine($"Saved {path}.");
        }
    }
}
