using System.CommandLine;

namespace Gpu.Cli.Commands;

/// <summary><c>vgg demo</c>: the other commands on the pictures that come with the program, with each command shown before its answer.</summary>
internal static class DemoCommand
{
    private static readonly string[] Photographs = ["sunflower.jpg", "motorbike.jpg", "helicopter.jpg"];

    public static Command Create()
    {
        var folder = new Option<string>("--output", "-o")
        {
            Description = "Folder for the pictures map.png and overlay.png.",
            HelpName = "FOLDER",
            DefaultValueFactory = _ => ".",
        };
        var device = DeviceOption.Create();
        var weights = new Option<string?>("--weights", "-w") { Description = "As for classify.", HelpName = "FILE" };
        var labels = new Option<string?>("--labels") { Description = "As for classify.", HelpName = "FILE" };
        var command = new Command(
            "demo",
            """
            Classify and label the bundled pictures, to see that everything works.

            Examples:
              vgg demo
              vgg demo --output pictures --device cpu
            """) { folder, device, weights, labels };
        command.SetAction((parsed, _) => RunAsync(
            parsed,
            parsed.GetValue(folder)!,
            WeightsSource.Find(parsed.GetValue(weights)),
            ["--device", parsed.GetValue(device)!, .. parsed.GetValue(labels) is { } file ? (string[])["--labels", file] : []]));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, string folder, WeightsSource weights, List<string> model)
    {
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        if (weights.Notice is not null)
        {
            GlobalOptions.Notices(parsed).WriteLine(weights.Notice);
        }

        model.AddRange(["--weights", weights.Path, .. GlobalOptions.IsQuiet(parsed) ? (string[])["--quiet"] : []]);
        if (weights.Labels is not null && !model.Contains("--labels"))
        {
            model.AddRange(["--labels", weights.Labels]);
        }

        var (map, overlay) = (Picture(folder, "map.png"), Picture(folder, "overlay.png"));
        var classified = await Show(["classify", .. Photographs.Select(Sample), "--top", "3"], model, output, error);
        return classified != ExitCode.Success
            ? classified
            : await Show(["label", Sample("scene_mosaic.png"), "--output", map, "--overlay", overlay], model, output, error);
    }

    private static async Task<int> Show(IReadOnlyList<string> command, List<string> model, TextWriter output, TextWriter error)
    {
        output.WriteLine($"$ vgg {string.Join(' ', command)}");
        var code = await VggCommandLine.RunAsync([.. command, .. model], output, error);
        output.WriteLine();
        return code;
    }

    private static string Picture(string folder, string name) => folder == "." ? name : Path.Combine(folder, name);

    /// <summary>A bundled picture as a user would name it: in the repository's own folder where that is the working folder, else beside the program.</summary>
    private static string Sample(string name)
    {
        var inRepository = Path.Combine("samples", name);
        return File.Exists(inRepository)
            ? inRepository
            : Path.GetRelativePath(Directory.GetCurrentDirectory(), Path.Combine(AppContext.BaseDirectory, "samples", name));
    }
}
