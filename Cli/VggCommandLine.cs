using System.CommandLine;
using Gpu.Cli.Commands;
using Gpu.Cli.Help;
using Gpu.Cli.Rendering;
using Gpu.Engine.Networks;
using Gpu.Kernels.Devices;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Labels;

namespace Gpu.Cli;

/// <summary>The command line as a function of its arguments and writers: results go to the output, everything else to the errors.</summary>
internal static class VggCommandLine
{
    private const string Description = """
        VGG image classification and dense labelling, from a TensorFlow-Slim checkpoint and an image, with no ML runtime.

        Examples:
          vgg demo                                       a first look, with the bundled network and pictures
          vgg classify photo.jpg                         the five best classes
          vgg classify *.jpg --format csv > classes.csv  a folder of pictures, as a table
          vgg label street.jpg --overlay overlay.png     a class for every 32-pixel cell, drawn
          vgg bench --batch 8                            how fast the network is here
          vgg classify photo.jpg --weights vgg_16.ckpt --device cuda:0 --verbose

        Exit codes: 0 fine, 1 some inputs failed (the others are done), 2 wrong usage, 3 weights or labels, 4 device,
        5 output not written, 130 interrupted.
        """;

    /// <summary>All commands.</summary>
    public static RootCommand CreateRoot()
    {
        var root = new RootCommand(Description)
        {
            ClassifyCommand.Create(),
            LabelCommand.Create(),
            DevicesCommand.Create(),
            BenchCommand.Create(),
            InspectCommand.Create(),
            DemoCommand.Create(),
            VersionCommand.Create(),
        };
        HelpScreen.Install(root);
        return root;
    }

    /// <summary>Parses, runs, and turns every expected failure into one sentence and its exit code.</summary>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error)
    {
        var root = CreateRoot();
        ParseResult parsed;
        IReadOnlyList<string> problems;
        try
        {
            parsed = root.Parse(arguments);
            problems = UsageProblems.Of(parsed);
        }
        catch (InvalidOperationException exception)
        {
            // A validator that asks for a value which is no number.
            (parsed, problems) = (root.Parse([]), [UsageProblems.Plain(exception.Message)]);
        }

        if (problems.Count > 0)
        {
            foreach (var problem in problems)
            {
                error.WriteLine(problem);
            }

            error.WriteLine("See 'vgg --help'.");
            return ExitCode.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
            });
        }
        catch (Exception exception) when (ExitCodeOf(exception) is { } code)
        {
            error.WriteLine(exception is OperationCanceledException ? "Interrupted." : exception.Message);
            return code;
        }
    }

    private static int? ExitCodeOf(Exception exception) => exception switch
    {
        UsageException => ExitCode.Usage,
        CheckpointException or NetworkException or LabelException => ExitCode.Weights,
        DeviceException => ExitCode.Device,
        PictureFileException => ExitCode.Output,
        OperationCanceledException => ExitCode.Interrupted,
        _ => null,
    };
}
