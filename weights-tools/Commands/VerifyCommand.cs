using System.CommandLine;
using System.Globalization;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Networks;
using Gpu.WeightsTools.Values;

namespace Gpu.WeightsTools.Commands;

/// <summary><c>weights-tools verify FILE</c></summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "Checkpoint, any of its shards, or their prefix." };
        var any = new Option<bool>("--any") { Description = "Accept a checkpoint that holds no VGG network." };
        var json = new Option<bool>("--json") { Description = "Print {file, format, tensors, bytes, network, source, sound, problems: [{tensor, problem}]}." };
        var command = new Command(
            "verify",
            """
            Read all of a checkpoint and list everything that is wrong with it: checksums, values that are not finite, tensors that the network lacks or has in other shapes.

            Examples:
              weights-tools verify vgg_16.ckpt
              weights-tools verify other.safetensors --any --json
            """)
        {
            file, any, json,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                using var checkpoint = Checkpoint.Open(parsed.GetValue(file)!);
                var report = Verify(checkpoint, parsed.GetValue(any), parsed.InvocationConfiguration.Error, cancellationToken);
                var output = parsed.InvocationConfiguration.Output;
                if (parsed.GetValue(json))
                {
                    JsonOutput.Write(output, report);
                }
                else
                {
                    Print(output, report);
                }

                return report.Sound ? ExitCode.Success : ExitCode.Weights;
            },
            cancellationToken));
        return command;
    }

    private static Report Verify(Checkpoint checkpoint, bool any, TextWriter error, CancellationToken cancellationToken)
    {
        var problems = ByteProgress.Show(
            error, Path.GetFileName(checkpoint.Path), checkpoint.Tensors.Sum(t => t.Bytes), progress => CheckValues(checkpoint, progress, cancellationToken));
        var network = VggWeights.Match(checkpoint);
        problems.AddRange(network is not null
            ? network.Problems.Select(p => new Problem(null, p))
            : any ? [] : [new Problem(null, "the checkpoint holds no VGG network")]);
        return new Report(
            checkpoint.Path, $"{checkpoint.Format}", checkpoint.Tensors.Count, checkpoint.Tensors.Sum(t => t.Bytes),
            network?.Architecture.DisplayName, network?.Profile.Name, problems.Count == 0, problems);
    }

    /// <summary>Reads every tensor, by which every checksum is verified. One that is broken does not hide the next.</summary>
    private static List<Problem> CheckValues(Checkpoint checkpoint, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var problems = new List<Problem>();
        long done = 0;
        foreach (var tensor in checkpoint.Tensors)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                if (TensorStatistics.CountNonFinite(tensor.Type, checkpoint.ReadBytes(tensor)) is > 0 and var count)
                {
                    problems.Add(new Problem(tensor.Name, $"has {count:N0} values that are not finite, of {tensor.Elements:N0}"));
                }
            }
            catch (CheckpointException exception)
            {
                problems.Add(new Problem(tensor.Name, exception.Message));
            }

            done += tensor.Bytes;
            progress?.Report(done);
        }

        return problems;
    }

    private static void Print(TextWriter output, Report report)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{report.File}  {report.Format}  {report.Tensors} tensors  {report.Bytes:N0} bytes  "
            + $"{(report.Network is null ? "no VGG network" : $"{report.Network} of {report.Source}")}  {(report.Sound ? "sound" : $"{report.Problems.Count} problems")}"));
        if (!report.Sound)
        {
            TextTable.Write(output, ["tensor", "problem"], report.Problems.Select(p => new[] { p.Tensor ?? string.Empty, p.Description }));
        }
    }

    private sealed record Problem(string? Tensor, [property: System.Text.Json.Serialization.JsonPropertyName("problem")] string Description);

    private sealed record Report(
        string File, string Format, int Tensors, long Bytes, string? Network, string? Source, bool Sound, IReadOnlyList<Problem> Problems);
}
