using System.CommandLine;
using System.Globalization;
using Gpu.Loader.Checkpoints;
using Gpu.WeightsTools.Fetching;
using Spectre.Console;

namespace Gpu.WeightsTools.Commands;

/// <summary><c>weights-tools fetch [NETWORK|URL]</c></summary>
internal static class FetchCommand
{
    public static Command Create(Downloader downloader)
    {
        var names = string.Join(" or ", KnownNetworks.Names);
        var what = new Argument<string>("NETWORK|URL")
        {
            Description = $"{names} of TF-Slim, or the http(s) address of a checkpoint or of a .tar.gz that holds one.",
            DefaultValueFactory = _ => KnownNetworks.Names.First(),
        };
        what.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } text && KnownNetworks.Find(text) is null)
            {
                result.AddError($"'{text}' is not {names}, and no http(s) address (one with a user name is not taken either).");
            }
        });
        var output = new Option<string>("--output")
        {
            Description = "Folder of the checkpoint; by default where vgg looks for weights.",
            HelpName = "DIR",
            DefaultValueFactory = _ => WeightsCache.Folder,
        };
        var sha256 = new Option<string?>("--sha256") { Description = "The only SHA-256 of the download (not of the checkpoint in it) to be accepted.", HelpName = "HEX" };
        sha256.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } text && (text.Length != 64 || !text.All(char.IsAsciiHexDigit)))
            {
                result.AddError("--sha256 has 64 hexadecimal digits.");
            }
        });
        var force = new Option<bool>("--force") { Description = "Fetch again, and replace the checkpoint if it is there." };
        var json = new Option<bool>("--json") { Description = "Print {file, address, bytes, sha256, tensors}: bytes and sha256 are of the download." };
        var command = new Command(
            "fetch",
            """
            Download a checkpoint, going on where an earlier try broke off, verify all of it, and put it where vgg looks for it.

            Examples:
              weights-tools fetch                                    VGG-16 of TF-Slim, 513 MB
              weights-tools fetch vgg_19 --output weights
              weights-tools fetch https://HOST/model.tar.gz --sha256 HEX
            """)
        {
            what, output, sha256, force, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var source = KnownNetworks.Find(parsed.GetValue(what)!)!;
            var folder = parsed.GetValue(output)!;
            var fetch = new WeightsFetch(downloader, source, folder, parsed.GetValue(sha256)?.ToLowerInvariant(), parsed.GetValue(force));
            var error = parsed.InvocationConfiguration.Error;
            try
            {
                Print(parsed.InvocationConfiguration.Output, error, await RunAsync(fetch, error, cancellationToken), parsed.GetValue(json));
                return ExitCode.Success;
            }
            catch (OperationCanceledException) when (new FileInfo(PartialDownload.PathOf(folder, source)) is { Exists: true } partial)
            {
                error.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"'{partial.FullName}' keeps {partial.Length:N0} bytes; the same command goes on from there."));
                throw;
            }
        });
        return command;
    }

    private static async Task<FetchedWeights> RunAsync(WeightsFetch fetch, TextWriter error, CancellationToken cancellationToken)
    {
        if (!ByteProgress.IsTerminal(error))
        {
            return await fetch.RunAsync(null, cancellationToken);
        }

        return await ByteProgress.Create(error).StartAsync(context => fetch.RunAsync(new ProgressBars(context), cancellationToken));
    }

    private static void Print(TextWriter output, TextWriter error, FetchedWeights weights, bool json)
    {
        if (weights.WasThere)
        {
            error.WriteLine($"'{weights.File}' is there already, and sound; --force fetches it again.");
        }

        if (json)
        {
            JsonOutput.Write(output, new { weights.File, weights.Address, weights.Bytes, weights.Sha256, weights.Tensors });
            return;
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{weights.File}  {weights.Tensors} tensors"));
        if (weights.Address is not null)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{weights.Address}  {weights.Bytes:N0} bytes"));
            output.WriteLine($"sha256  {weights.Sha256}");
        }
    }

    /// <summary>A bar for every step. A bar is of the bytes of this run, so that what an earlier one left does not count as speed.</summary>
    private sealed class ProgressBars(ProgressContext context) : IProgress<FetchProgress>
    {
        private (string Step, long First, ProgressTask Task)? current;

        public void Report(FetchProgress value)
        {
            if (current?.Step != value.Step || value.Done < current.Value.First)
            {
                current?.Task.StopTask();
                current = (value.Step, value.Done, context.AddTask(Markup.Escape(value.Step)));
            }

            var (step, first, task) = current.Value;
            task.Description = Markup.Escape(value.Note is null ? step : $"{step} {value.Note}");
            task.IsIndeterminate = value.Total is null;
            task.MaxValue = Math.Max(1, (value.Total ?? value.Done) - first);
            task.Value = value.Done - first;
        }
    }
}
