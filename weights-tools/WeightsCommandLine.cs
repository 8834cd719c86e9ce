using System.CommandLine;
using Gpu.Loader.Checkpoints;
using Gpu.WeightsTools.Commands;

namespace Gpu.WeightsTools;

/// <summary>The command line as a function of its arguments and writers: results go to the output, everything else to the errors.</summary>
internal static class WeightsCommandLine
{
    private const string Description = """
        Looks into the weights of VGG networks, and makes synthetic ones.

        Examples:
          weights-tools inspect vgg_16.ckpt                     tensors, shapes, types and statistics
          weights-tools inspect vgg_16.ckpt --hash --json       the same for a script, with the sha256 of every tensor
          weights-tools synthesize random.ckpt                  a full-size VGG-16 with random weights, 553 MB
          weights-tools synthesize thin.ckpt --width 1/8 --classes 10

        Exit codes: 0 fine, 2 wrong usage, 3 a file cannot be read or written, 130 interrupted.
        """;

    /// <summary>Parses, runs, and turns every expected failure into one sentence and its exit code.</summary>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error)
    {
        var parsed = new RootCommand(Description) { InspectCommand.Create(), SynthesizeCommand.Create() }.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var problem in parsed.Errors)
            {
                error.WriteLine(problem.Message);
            }

            error.WriteLine("See 'weights-tools --help'.");
            return ExitCode.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        }
        catch (CheckpointException exception)
        {
            error.WriteLine(exception.Message);
            return ExitCode.Weights;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("Interrupted.");
            return ExitCode.Interrupted;
        }
    }
}
