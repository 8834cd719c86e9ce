using System.CommandLine;
using Gpu.Loader.Checkpoints;
using Gpu.WeightsTools.Commands;
using Gpu.WeightsTools.Fetching;

namespace Gpu.WeightsTools;

/// <summary>The command line as a function of its arguments and writers: results go to the output, everything else to the errors.</summary>
internal static class WeightsCommandLine
{
    private const string Description = """
        Fetches the weights of VGG networks, looks into them, converts and compares them, and makes synthetic ones.
        Reads TensorFlow V1 and V2, safetensors and HDF5, told apart by their content.

        Examples:
          weights-tools fetch                                   VGG-16 of TF-Slim, 513 MB, to where vgg looks for it
          weights-tools inspect vgg_16.ckpt                     tensors, shapes, types and statistics
          weights-tools inspect vgg_16.ckpt --hash --json       the same for a script, with the sha256 of every tensor
          weights-tools verify vgg_16.ckpt                      every checksum, shape and value
          weights-tools convert vgg_16.ckpt vgg_16.safetensors
          weights-tools compare vgg_16.ckpt vgg_16.safetensors
          weights-tools synthesize random.ckpt                  a full-size VGG-16 with random weights, 553 MB

        Exit codes: 0 fine, 1 checkpoints compared differ, 2 wrong usage, 3 a file cannot be read or written, or is not sound,
        4 a download failed or is refused, 130 interrupted.
        """;

    /// <summary>How long an interrupted command may take to remove what it has half written: a flush to a slow disk takes seconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Parses, runs, and turns every expected failure into one sentence and its exit code.</summary>
    public static async Task<int> RunAsync(
        string[] arguments, TextWriter output, TextWriter error, Downloader? downloader = null, CancellationToken cancellationToken = default)
    {
        var parsed = new RootCommand(Description)
        {
            FetchCommand.Create(downloader ?? Downloader.Default),
            InspectCommand.Create(),
            VerifyCommand.Create(),
            ConvertCommand.Create(),
            CompareCommand.Create(),
            SynthesizeCommand.Create(),
        }.Parse(arguments);
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
            return await parsed.InvokeAsync(
                new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = Patience }, cancellationToken);
        }
        catch (CheckpointException exception)
        {
            error.WriteLine(exception.Message);
            return ExitCode.Weights;
        }
        catch (FetchException exception)
        {
            error.WriteLine(exception.Message);
            return ExitCode.Download;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("Interrupted.");
            return ExitCode.Interrupted;
        }
    }
}
