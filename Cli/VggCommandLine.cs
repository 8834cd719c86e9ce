using System.CommandLine;
using System.CommandLine.Completions;
using Gpu.Cli.Catalogue;
using Gpu.Cli.Commands;
using Gpu.Cli.Help;
using Gpu.Cli.Rendering;
using Gpu.Engine.Networks;
using Gpu.Kernels.Devices;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Labels;
using Spectre.Console;

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
          vgg index photos --recursive                   note what a collection shows, in pictures.db
          vgg find "car@left AND NOT face"               and ask for it
          vgg bench --batch 8                            how fast the network is here
          vgg classify photo.jpg --weights vgg_16.ckpt --device cuda:0 --verbose

        Options may be set by variables ($VGG_DEVICE) and in config.json: see docs/installing.md.

        Exit codes: 0 fine, 1 some inputs failed (the others are done), 2 wrong usage, 3 weights, labels, kernels or
        database, 4 device, 5 output not written, 130 interrupted.
        """;

    // An argument such as @list.txt is a command's to read, not a file of arguments.
    private static readonly ParserConfiguration Parsing = new() { ResponseFileTokenReplacer = null };

    /// <summary>All commands.</summary>
    public static RootCommand CreateRoot()
    {
        var root = new RootCommand(Description)
        {
            ClassifyCommand.Create(),
            LabelCommand.Create(),
            AnnotateCommand.Create(),
            RedactCommand.Create(),
            IndexCommand.Create(),
            FindCommand.Create(),
            ReportCommand.Create(),
            EvalCommand.Create(),
            DevicesCommand.Create(),
            BenchCommand.Create(),
            ProfileCommand.Create(),
            KernelsCommand.Create(),
            RoofsCommand.Create(),
            InspectCommand.Create(),
            DemoCommand.Create(),
            CompletionCommand.Create(),
            VersionCommand.Create(),
        };
        GlobalOptions.AddTo(root);
        HelpScreen.Install(root);
        return root;
    }

    /// <summary>Parses, runs, and turns every expected failure into one sentence and its exit code.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="output">Receives results.</param>
    /// <param name="error">Receives everything else.</param>
    /// <param name="environment">Gives the value of an environment variable; null for the process's own.</param>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error, Func<string, string?>? environment = null)
    {
        try
        {
            return await RunParsedAsync(arguments, output, error, environment ?? Environment.GetEnvironmentVariable);
        }
        catch (Exception exception) when (ExitCodeOf(exception) is { } code)
        {
            error.WriteLine(exception is OperationCanceledException ? "Interrupted." : exception.Message);
            return code;
        }
        catch (IOException exception)
        {
            if (!StandardOutput.IsLeft)
            {
                error.WriteLine($"The results cannot be written ({exception.Message.TrimEnd('.')}).");
            }

            return ExitCode.Output;
        }
    }

    private static async Task<int> RunParsedAsync(string[] arguments, TextWriter output, TextWriter error, Func<string, string?> environment)
    {
        var root = CreateRoot();
        var parsed = root.Parse(arguments, Parsing);
        var isQuestion = parsed.GetResult(root.Directives.OfType<SuggestDirective>().Single()) is not null;
        if (!isQuestion && UsageProblems.Of(parsed).Count == 0)
        {
            var (completed, sources) = new Settings(environment).Complete(root, parsed, arguments);
            parsed = root.Parse(completed, Parsing);
            if (parsed.Errors.Count > 0)
            {
                error.WriteLine($"From {string.Join(", ", sources.Distinct())}:");
            }
        }

        if (!isQuestion && UsageProblems.Of(parsed) is [_, ..] problems)
        {
            foreach (var problem in problems)
            {
                error.WriteLine(problem);
            }

            error.WriteLine("See 'vgg --help'.");
            return ExitCode.Usage;
        }

        if (GlobalOptions.IsColourless(parsed))
        {
            AnsiConsole.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
        }

        return await parsed.InvokeAsync(new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
        });
    }

    private static int? ExitCodeOf(Exception exception) => exception switch
    {
        UsageException or ClassNameException => ExitCode.Usage,
        CheckpointException or NetworkException or LabelException or DatabaseException or KernelLibraryException => ExitCode.Weights,
        DeviceException => ExitCode.Device,
        OutputFileException => ExitCode.Output,
        OperationCanceledException => ExitCode.Interrupted,
        _ => null,
    };
}
