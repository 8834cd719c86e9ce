using System.CommandLine;
using Gpu.Cli.Catalogue;
using Gpu.Cli.Inputs;
using Gpu.Cli.Rendering;

namespace Gpu.Cli.Commands;

/// <summary><c>vgg index FOLDER...</c></summary>
internal sealed class IndexCommand
{
    private readonly InputOptions inputs = new();
    private readonly Option<string> database = DatabaseOption.Create();

    private readonly Option<bool> prune = new("--prune") { Description = "Forget files that are no more." };

    private readonly Option<bool> rebuild = new("--rebuild") { Description = "Forget all that the database holds first; to change the network." };

    private readonly Option<OutputFormat> format = FormatOption.Create(OutputFormat.Text, OutputFormat.Json);
    private readonly ModelOptions model = new();

    private IndexCommand()
    {
    }

    public static Command Create()
    {
        var options = new IndexCommand();
        var command = new Command(
            "index",
            """
            Note in a database what pictures show and where, for 'vgg find'. Only new and changed files are read; stop it at any time and go on later.

            Examples:
              vgg index holidays --recursive --database pictures.db
              vgg index holidays --recursive --database pictures.db --prune
            """);
        options.inputs.AddTo(command);
        command.Add(options.database);
        command.Add(options.prune);
        command.Add(options.rebuild);
        command.Add(options.format);
        options.model.AddTo(command);
        command.SetAction(options.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (pictures, path, reading) = (inputs.Read(parsed), parsed.GetValue(database)!, model.ReadOptions(parsed));
        using var network = model.Load(parsed);
        using var index = PictureIndex.Open(path, IndexedNetwork.Of(network, reading.ApplyOrientation), parsed.GetValue(rebuild));
        var counts = new int[Enum.GetValues<IndexOutcome>().Length];
        return await PictureProgress.RunAsync(
            parsed.InvocationConfiguration.Error, pictures.Count, !GlobalOptions.IsQuiet(parsed), async progress =>
            {
                await foreach (var file in new PictureIndexer(network, index, reading).RunAsync(pictures.Paths, cancellationToken))
                {
                    Report(file, progress);
                }
            },
            () =>
            {
                var forgotten = parsed.GetValue(prune) && !cancellationToken.IsCancellationRequested ? index.Prune() : 0;
                IndexWriter.Write(parsed.GetValue(format), parsed.InvocationConfiguration.Output, path, index.Count(), counts, forgotten);
            },
            cancellationToken);

        void Report(IndexedFile file, PictureProgress progress)
        {
            counts[(int)file.Outcome]++;
            if (file.Error is { } error)
            {
                progress.Fail(error);
            }
            else
            {
                progress.Succeed();
            }
        }
    }
}
