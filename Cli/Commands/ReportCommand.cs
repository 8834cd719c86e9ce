using System.CommandLine;
using Gpu.Cli.Inputs;
using Gpu.Cli.Rendering;
using Gpu.Cli.Rendering.Report;
using Gpu.Engine;
using Gpu.Engine.Preprocessing;
using Gpu.Engine.Results;
using Gpu.Kernels.Operations;
using Gpu.Loader.Images;

namespace Gpu.Cli.Commands;

/// <summary><c>vgg report IMAGE... --html FILE</c></summary>
internal sealed class ReportCommand
{
    /// <summary>Shortest side that VALID padding can label.</summary>
    private const int LeastValidSide = PreprocessingOptions.CropSize;

    private readonly InputOptions inputs = new();

    private readonly Option<string> html = new("--html", "-o") { Description = "The page; it appears when it is complete.", HelpName = "FILE", Required = true };

    private readonly Option<int> top = new("--top", "-k") { Description = "Classes to show for each picture.", HelpName = "N", DefaultValueFactory = _ => 5 };

    private readonly Option<Padding> padding = new("--padding")
    {
        Description = $"Of the label maps, as for label; pictures with a side of less than {LeastValidSide} pixels have the map of same in any case.",
        DefaultValueFactory = _ => Padding.Valid,
    };

    private readonly PreprocessingChoices preprocessing = new();
    private readonly ModelOptions model = new();

    private ReportCommand()
    {
    }

    private static string Generator => $"vgg {ProgramVersion.Number}";

    public static Command Create()
    {
        var options = new ReportCommand();
        options.top.Require(n => n >= 1, "--top must be at least 1.");
        var command = new Command(
            "report",
            """
            Make a page of pictures to look at and to send. One HTML file, which needs no other and no network, with photograph, network input,
            best classes, and the label map, whose cells name themselves under the pointer.

            Examples:
              vgg report photo.jpg --html report.html
              vgg report holidays --recursive --padding same --html holidays.html
            """);
        options.inputs.AddTo(command);
        command.Add(options.html);
        command.Add(options.top);
        command.Add(options.padding);
        options.preprocessing.AddTo(command);
        options.model.AddTo(command);
        command.SetAction(options.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (pictures, sizes, path) = (inputs.Read(parsed), preprocessing.Read(parsed), parsed.GetValue(html)!);
        using var network = model.Load(parsed, preprocessing: sizes);
        using var results = new ResultOutput(path, parsed.InvocationConfiguration.Output);
        var page = new ReportPage(results.Writer, $"What {network.Network} sees", Generator);
        var failures = new List<string>();
        var code = await PictureProgress.RunAsync(
            parsed.InvocationConfiguration.Error, pictures.Count, GlobalOptions.ShowsProgress(parsed, path), async progress =>
            {
                await foreach (var item in network.ClassifyAsync(
                    pictures.Paths, top: parsed.GetValue(top), readOptions: model.ReadOptions(parsed), cancellationToken: cancellationToken))
                {
                    Report(item, progress);
                }
            },
            () =>
            {
                page.End(new ReportRun(network.Network, network.Device.Id, network.Labels.Count, Generator, failures));
                results.Commit();
            },
            cancellationToken);
        GlobalOptions.Notices(parsed).WriteLine($"Saved {path}.");
        return code;

        void Report(ClassifiedImage item, PictureProgress progress)
        {
            if (item.Image is not { } photo)
            {
                failures.Add(item.Error!);
                progress.Fail(item.Error!);
                return;
            }

            var (map, note) = Label(photo, network, parsed.GetValue(padding), cancellationToken);
            page.Add(ReportPicture.Create(item.Path, photo, NetworkInputPicture.Create(photo, sizes), item.Predictions, map, note));
            progress.Succeed();
        }
    }

    /// <summary>The map, with SAME padding where the picture is too small for VALID, and what is to be said about that.</summary>
    private static (LabelMap? Map, string? Note) Label(RgbImage photo, VggModel network, Padding padding, CancellationToken cancellationToken)
    {
        var isSmall = padding == Padding.Valid && Math.Min(photo.Width, photo.Height) < LeastValidSide;
        try
        {
            var map = network.Label(photo, new LabelOptions { Padding = isSmall ? Padding.Same : padding }, cancellationToken);
            return (map, isSmall ? $"A side is shorter than {LeastValidSide} pixels, so the map has SAME padding: the network's windows reach beyond the picture." : null);
        }
        catch (ArgumentException exception)
        {
            return (null, exception.Message);
        }
    }
}
