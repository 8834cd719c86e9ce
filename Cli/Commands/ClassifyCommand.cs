using System.CommandLine;
using Gpu.Cli.Rendering;
using Gpu.Engine.Preprocessing;
using Gpu.Engine.Results;
using Gpu.Loader.Networks;

namespace Gpu.Cli.Commands;

/// <summary><c>vgg classify IMAGE...</c></summary>
internal static class ClassifyCommand
{
    public static Command Create()
    {
        var images = new Argument<string[]>("IMAGE") { Description = "Picture files: JPEG, PNG, BMP, GIF or TGA.", Arity = ArgumentArity.OneOrMore };
        var top = new Option<int>("--top", "-k") { Description = "Classes to print for each picture.", HelpName = "N", DefaultValueFactory = _ => 5 };
        var format = new Option<OutputFormat>("--format", "-f") { Description = "text, json or csv.", DefaultValueFactory = _ => OutputFormat.Text };
        var saveInput = new Option<string?>("--save-input")
        {
            Description = "Save the resized and cropped picture that the network saw as PNG; for one IMAGE.",
            HelpName = "FILE",
        };
        top.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError("--top must be at least 1.");
            }
        });
        var command = new Command(
            "classify",
            """
            Print the most probable classes of pictures (central 224x224 after resizing the shorter side to 256).

            Examples:
              vgg classify photo.jpg --top 3
              vgg classify *.jpg --format csv > classes.csv
            """)
        {
            images, top, format, saveInput,
        };
        var model = new ModelOptions().AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            parsed,
            model,
            new Request(parsed.GetValue(images)!, parsed.GetValue(top), parsed.GetValue(format), parsed.GetValue(saveInput)),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, ModelOptions options, Request request, CancellationToken cancellationToken)
    {
        if (request.SaveInput is not null && request.Images.Length > 1)
        {
            throw new UsageException("--save-input writes one picture: name one IMAGE.");
        }

        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        using var model = options.Load(parsed);
        using var writer = ClassificationWriter.Create(request.Format, output, model.Network, model.Device);
        var failed = 0;
        await foreach (var item in model.ClassifyAsync(
            request.Images, top: request.Top, readOptions: options.ReadOptions(parsed), cancellationToken: cancellationToken))
        {
            if (item.Image is null)
            {
                failed++;
                error.WriteLine(item.Error);
                continue;
            }

            if (request.SaveInput is not null)
            {
                SaveInput(item, request.SaveInput);
            }

            writer.Write(item);
        }

        if (failed > 0 && request.Images.Length > 1)
        {
            error.WriteLine($"{failed} of {request.Images.Length} pictures failed.");
        }

        return failed > 0 ? ExitCode.InputsFailed : ExitCode.Success;
    }

    private static void SaveInput(ClassifiedImage item, string path)
    {
        var input = new float[NetworkInput.CropLength];
        NetworkInput.Crop(item.Image!, input);
        PictureFile.Save(NetworkInputPicture.ToRgb(input, PreprocessingOptions.CropSize, PreprocessingOptions.CropSize, ChannelMeans.Rgb), path);
    }

    private sealed record Request(string[] Images, int Top, OutputFormat Format, string? SaveInput);
}
