using System.CommandLine;
using System.Diagnostics;
using Gpu.Cli.Rendering;
using Gpu.Engine;
using Gpu.Kernels.Operations;
using Gpu.Loader.Images;

namespace Gpu.Cli.Commands;

/// <summary><c>vgg label IMAGE</c></summary>
internal static class LabelCommand
{
    public static Command Create()
    {
        var image = new Argument<string>("IMAGE") { Description = "Picture file: JPEG, PNG, BMP, GIF or TGA." };
        var padding = new Option<Padding>("--padding")
        {
            Description = "valid: windows inside the picture, a margin of 96 pixels stays unlabelled, at least 224x224; same: every 32x32 cell.",
            DefaultValueFactory = _ => Padding.Valid,
        };
        var fullResolution = new Option<bool>("--full-resolution") { Description = "Draw the pictures with a label for every pixel." };
        var map = new Option<string?>("--output", "-o") { Description = "Save the map with its legend as PNG.", HelpName = "FILE" };
        var overlay = new Option<string?>("--overlay") { Description = "Save the map drawn over the picture as PNG.", HelpName = "FILE" };
        var memory = new Option<string?>("--memory")
        {
            Description = "Most memory to use, such as 2G or 800M; larger pictures are labelled in overlapping windows, with the same result. Default: 3/4 of the device's.",
            HelpName = "SIZE",
        };
        memory.Require(text => text is null || MemorySize.Parse(text) is not null, "--memory is an amount such as 2G or 800M.");
        var format = FormatOption.Create(OutputFormat.Text, OutputFormat.Json);
        var command = new Command(
            "label",
            """
            Label every 32-pixel cell of a picture with its most probable class. The network is a classifier slid over the picture,
            not a trained segmentation.

            Examples:
              vgg label street.jpg --output map.png --overlay overlay.png
              vgg label aerial.jpg --memory 2G --format json
            """)
        {
            image, padding, fullResolution, map, overlay, memory, format,
        };
        var model = new ModelOptions().AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () => Run(
                parsed,
                model,
                new Request(
                    parsed.GetValue(image)!,
                    new LabelOptions { Padding = parsed.GetValue(padding), FullResolution = parsed.GetValue(fullResolution) },
                    parsed.GetValue(map),
                    parsed.GetValue(overlay),
                    parsed.GetValue(format),
                    MemorySize.Parse(parsed.GetValue(memory))),
                cancellationToken),
            cancellationToken));
        return command;
    }

    private static int Run(ParseResult parsed, ModelOptions options, Request request, CancellationToken cancellationToken)
    {
        if (request.Label.FullResolution && request.Map is null && request.Overlay is null)
        {
            throw new UsageException("--full-resolution changes the pictures: name --output or --overlay.");
        }

        using var model = options.Load(parsed, request.MaximumMemory);
        try
        {
            var photo = ImageFile.Read(request.Image, options.ReadOptions(parsed));
            LabelPicture(model, photo, request, parsed.InvocationConfiguration, GlobalOptions.Notices(parsed), cancellationToken);
            return ExitCode.Success;
        }
        catch (Exception exception) when (exception is ImageException or ArgumentException)
        {
            parsed.InvocationConfiguration.Error.WriteLine(
                exception is ImageException ? exception.Message : $"'{request.Image}': {exception.Message}");
            return ExitCode.InputsFailed;
        }
    }

    /// <summary>Labels a picture, prints the map and saves the pictures asked for.</summary>
    private static void LabelPicture(
        VggModel model, RgbImage photo, Request request, InvocationConfiguration console, TextWriter notices, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var map = ProgressBar.Show(
            console.Error, $"Labelling {Path.GetFileName(request.Image)}", progress => model.Label(photo, request.Label with { Progress = progress }, cancellationToken));
        var run = new LabelRun(request.Image, model.Network, model.Device, Stopwatch.GetElapsedTime(start));
        LabelPictures.Save(map, photo, request.Map, request.Overlay);
        LabelMapWriter.Write(request.Format, console.Output, map, run, drawCells: request.Map is null && request.Overlay is null);
        foreach (var file in new[] { request.Map, request.Overlay }.OfType<string>())
        {
            notices.WriteLine($"Saved {file}.");
        }
    }

    private sealed record Request(string Image, LabelOptions Label, string? Map, string? Overlay, OutputFormat Format, long? MaximumMemory);
}
