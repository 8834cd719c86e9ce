using System.CommandLine;
using Gpu.Loader.Checkpoints;
using Gpu.WeightsTools.Commands;
using Gpu.WeightsTools.Fetching;

namespace Gpu.WeightsTools;

/// <summary>The command line as a function of its arguments and writers: results go to the output, everything else to the errors.</summary>
internal static class WeightsCommandLine
{
    private const string Description = """
        Fetches the weights of VGG networks, looks into them, and makes synthetic ones.

        Examples:
          weights-tools fetch                                   VGG-16 of TF-Slim, 513 MB, to where vgg looks for it
          weights-tools fetch vgg_19 --output weights           another network, to another folder
          weights-tools fetch https://HOST/model.tar.gz --sha256 HEX
          weights-tools inspect vgg_16.ckpt                     tensors, shapes, types and statistics
          weights-tools inspect vgg_16.ckpt --hash --json       the same for a script, with the sha256 of every tensor
          weights-tools synthesize random.ckpt                  a full-size VGG-16 with random weights, 553 MB
          weights-tools synthesize thin.ckpt --width 1/8 --classes 10

        Exit codes: 0 fine, 2 wrong usage, 3 a file cannot be read or written, 4 a download failed or is refused,
        130 interrupted.
        """;

    /// <summary>Parses, runs, and turns every expected failure into one sentence and its exit code.</summary>
    public static async Task<int> RunAsync(
        string[] arguments, TextWriter output, TextWriter error, Downloader? downloader = null, CancellationToken cancellationToken = default)
    {
        var parsed = new RootCommand(Description) { FetchCommand.Create(downloader ?? Downloader.Default), InspectCommand.Create(), SynthesizeCommand.Create() }.Parse(arguments);
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
            return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false }, cancellationToken);
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
