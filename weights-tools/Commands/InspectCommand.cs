using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Gpu.Loader.Checkpoints;
using Gpu.WeightsTools.Values;

namespace Gpu.WeightsTools.Commands;

/// <summary><c>weights-tools inspect FILE</c></summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "Checkpoint, any of its shards, or their prefix." };
        var hash = new Option<bool>("--hash") { Description = "Add the sha256 of each tensor's raw little-endian bytes; of strings, each preceded by its length as uint32." };
        var json = new Option<bool>("--json") { Description = "Print {format, file, tensors: [{name, dtype, shape, bytes, sha256, min, max, mean, standardDeviation, nonFinite}]}." };
        var command = new Command(
            "inspect",
            """
            List the tensors of a checkpoint with their shapes, types, sizes and statistics; every block read is verified.

            Examples:
              weights-tools inspect vgg_16.ckpt
              weights-tools inspect vgg_16.ckpt --hash --json > vgg_16.json
            """)
        {
            file, hash, json,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                using var checkpoint = Checkpoint.Open(parsed.GetValue(file)!);
                var tensors = ByteProgress.Show(
                    parsed.InvocationConfiguration.Error, Path.GetFileName(checkpoint.Path), checkpoint.Tensors.Sum(t => t.Bytes),
                    progress => Describe(checkpoint, parsed.GetValue(hash), progress, cancellationToken));
                var output = parsed.InvocationConfiguration.Output;
                if (parsed.GetValue(json))
                {
                    JsonOutput.Write(output, new { Format = checkpoint.Format.ToString(), File = checkpoint.Path, Tensors = tensors });
                }
                else
                {
                    Print(output, checkpoint, tensors, parsed.GetValue(hash));
                }

                return ExitCode.Success;
            },
            cancellationToken));
        return command;
    }

    private static List<TensorDescription> Describe(Checkpoint checkpoint, bool hash, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var descriptions = new List<TensorDescription>();
        long done = 0;
        foreach (var entry in checkpoint.Tensors)
        {
            cancellationToken.ThrowIfCancellationRequested();
            descriptions.Add(Describe(checkpoint, entry, hash));
            done += entry.Bytes;
            progress?.Report(done);
        }

        return descriptions;
    }

    private static TensorDescription Describe(Checkpoint checkpoint, TensorEntry entry, bool hash)
    {
        var bytes = checkpoint.ReadBytes(entry);
        var statistics = TensorStatistics.Of(entry.Type, bytes);
        return new TensorDescription(
            entry.Name,
            entry.Type.Name(),
            entry.Shape,
            bytes.Length,
            hash ? Convert.ToHexStringLower(SHA256.HashData(bytes)) : null,
            statistics?.Minimum,
            statistics?.Maximum,
            statistics?.Mean,
            statistics?.StandardDeviation,
            statistics?.NonFinite);
    }

    private static void Print(TextWriter output, Checkpoint checkpoint, IReadOnlyList<TensorDescription> tensors, bool hash)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{checkpoint.Path}  {checkpoint.Format}  {tensors.Count} tensors  {tensors.Sum(t => t.Bytes):N0} bytes"));
        string[] headings = ["name", "dtype", "shape", "bytes", "min", "max", "mean", "std", "non-finite", .. hash ? ["sha256"] : Array.Empty<string>()];
        TextTable.Write(output, headings, tensors.Select(t => (string[])
        [
            t.Name, t.Dtype, $"[{string.Join(", ", t.Shape)}]", t.Bytes.ToString("N0", CultureInfo.InvariantCulture),
            Short(t.Min), Short(t.Max), Short(t.Mean), Short(t.StandardDeviation),
            t.NonFinite?.ToString(CultureInfo.InvariantCulture) ?? string.Empty, .. hash ? [t.Sha256 ?? string.Empty] : Array.Empty<string>(),
        ]));
    }

    private static string Short(double? value) => value?.ToString("G5", CultureInfo.InvariantCulture) ?? string.Empty;

    private sealed record TensorDescription(
        string Name, string Dtype, IReadOnlyList<long> Shape, long Bytes, string? Sha256,
        double? Min, double? Max, double? Mean, double? StandardDeviation, long? NonFinite);
}
