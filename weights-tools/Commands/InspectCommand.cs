using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gpu.Loader.Checkpoints;
using Spectre.Console;

namespace Gpu.WeightsTools.Commands;

/// <summary><c>weights-tools inspect FILE</c></summary>
internal static class InspectCommand
{
    private static readonly JsonSerializerOptions JsonOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "Checkpoint, any of its shards, or their prefix." };
        var hash = new Option<bool>("--hash") { Description = "Add the sha256 of each tensor's raw little-endian bytes; of strings, each preceded by its length as uint32." };
        var json = new Option<bool>("--json") { Description = "Print {format, file, tensors: [{name, dtype, shape, bytes, sha256, min, max, mean, standardDeviation, nonFinite}]}." };
        var command = new Command("inspect", "List the tensors of a checkpoint with their shapes, types, sizes and statistics; every block read is verified.")
        {
            file, hash, json,
        };
        command.SetAction(parsed =>
        {
            using var checkpoint = Checkpoint.Open(parsed.GetValue(file)!);
            var tensors = checkpoint.Tensors.Select(entry => Describe(checkpoint, entry, parsed.GetValue(hash)));
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json))
            {
                var format = checkpoint.Format.ToString();
                output.WriteLine(JsonSerializer.Serialize(new { Format = format, File = checkpoint.Path, Tensors = tensors }, JsonOptions));
            }
            else
            {
                Print(output, checkpoint, [.. tensors], parsed.GetValue(hash));
            }

            return ExitCode.Success;
        });
        return command;
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
        var table = new Table().Border(TableBorder.None);
        string[] headings = ["name", "dtype", "shape", "bytes", "min", "max", "mean", "std", "non-finite", .. hash ? ["sha256"] : Array.Empty<string>()];
        foreach (var heading in headings)
        {
            table.AddColumn(new TableColumn(new Text(heading)).PadLeft(0).PadRight(2).NoWrap());
        }

        foreach (var t in tensors)
        {
            string[] cells =
            [
                Printable(t.Name), t.Dtype, $"[{string.Join(", ", t.Shape)}]", t.Bytes.ToString("N0", CultureInfo.InvariantCulture),
                Short(t.Min), Short(t.Max), Short(t.Mean), Short(t.StandardDeviation),
                t.NonFinite?.ToString(CultureInfo.InvariantCulture) ?? string.Empty, .. hash ? [t.Sha256 ?? string.Empty] : Array.Empty<string>(),
            ];
            table.AddRow(cells.Select(c => new Text(c)));
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 1000;
        console.Write(table);
    }

    /// <summary>A name may hold anything, and a terminal obeys control characters.</summary>
    private static string Printable(string name) => string.Concat(name.Select(c => char.IsControl(c) ? '?' : c));

    private static string Short(double? value) => value?.ToString("G5", CultureInfo.InvariantCulture) ?? string.Empty;

    private sealed record TensorDescription(
        string Name, string Dtype, IReadOnlyList<long> Shape, long Bytes, string? Sha256,
        double? Min, double? Max, double? Mean, double? StandardDeviation, long? NonFinite);
}
