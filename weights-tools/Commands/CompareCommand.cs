using System.CommandLine;
using System.Globalization;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Networks;
using Gpu.WeightsTools.Values;

namespace Gpu.WeightsTools.Commands;

/// <summary><c>weights-tools compare A B</c></summary>
internal static class CompareCommand
{
    private const string Equal = "equal";
    private const string Different = "different";

    public static Command Create()
    {
        var first = new Argument<string>("A") { Description = "Checkpoint of any format." };
        var second = new Argument<string>("B") { Description = "Checkpoint of any format." };
        var tolerance = new Option<double>("--tolerance") { Description = "Relative L2 difference up to which tensors count as equal.", HelpName = "X", DefaultValueFactory = _ => 0 };
        tolerance.Validators.Add(result =>
        {
            if (!(result.GetValueOrDefault<double>() >= 0))
            {
                result.AddError("--tolerance is at least 0.");
            }
        });
        var json = new Option<bool>("--json") { Description = "Print {a, b, equal, tensors: [{name, status, maximumDifference, relativeL2, a, b}]} with all tensors." };
        var command = new Command(
            "compare",
            """
            Compare the tensors of two checkpoints by name and value, whatever their formats and types: greatest and relative L2 difference.
            Exit code 1 if they differ.

            Examples:
              weights-tools compare vgg_16.ckpt vgg_16.safetensors
              weights-tools compare vgg_16.ckpt half.safetensors --tolerance 1e-3
            """)
        {
            first, second, tolerance, json,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                using var a = Checkpoint.Open(parsed.GetValue(first)!);
                using var b = Checkpoint.Open(parsed.GetValue(second)!);
                var comparisons = ByteProgress.Show(
                    parsed.InvocationConfiguration.Error, $"{Path.GetFileName(a.Path)}, {Path.GetFileName(b.Path)}", a.Tensors.Sum(t => t.Bytes),
                    progress => Compare(a, b, parsed.GetValue(tolerance), progress, cancellationToken));
                var equal = comparisons.TrueForAll(c => c.Status == Equal);
                var output = parsed.InvocationConfiguration.Output;
                if (parsed.GetValue(json))
                {
                    JsonOutput.Write(output, new { A = a.Path, B = b.Path, Equal = equal, Tensors = comparisons });
                }
                else
                {
                    Print(output, comparisons);
                    PrintSources(output, a, b, comparisons);
                }

                return equal ? ExitCode.Success : ExitCode.Different;
            },
            cancellationToken));
        return command;
    }

    private static List<Comparison> Compare(
        Checkpoint a, Checkpoint b, double tolerance, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var comparisons = new List<Comparison>();
        long done = 0;
        foreach (var name in a.Tensors.Concat(b.Tensors).Select(t => t.Name).Distinct().Order(StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            comparisons.Add((a.TryFind(name, out var first), b.TryFind(name, out var second)) switch
            {
                (true, false) => new Comparison(name, "only in A", null, null, Describe(first!), null),
                (false, true) => new Comparison(name, "only in B", null, null, null, Describe(second!)),
                _ when !first!.Shape.SequenceEqual(second!.Shape) => new Comparison(name, "other shape", null, null, Describe(first), Describe(second)),
                _ => Compare(a, first, b, second, tolerance),
            });
            done += first?.Bytes ?? 0;
            progress?.Report(done);
        }

        return comparisons;
    }

    private static Comparison Compare(Checkpoint a, TensorEntry first, Checkpoint b, TensorEntry second, double tolerance)
    {
        var difference = TensorDifference.Between(first.Type, a.ReadBytes(first), second.Type, b.ReadBytes(second));
        return new Comparison(
            first.Name, difference.Maximum == 0 || (tolerance > 0 && difference.RelativeL2 <= tolerance) ? Equal : Different, difference.Maximum, difference.RelativeL2, Describe(first), Describe(second));
    }

    private static string Describe(TensorEntry tensor) => $"{tensor.Type.Name()} [{string.Join(", ", tensor.Shape)}]";

    private static void Print(TextWriter output, List<Comparison> comparisons)
    {
        var different = comparisons.FindAll(c => c.Status != Equal);
        if (different.Count > 0)
        {
            TextTable.Write(output, ["tensor", "status", "max difference", "relative L2", "A", "B"], different.Select(c => new[]
            {
                c.Name, c.Status, Short(c.MaximumDifference), Short(c.RelativeL2), c.A ?? string.Empty, c.B ?? string.Empty,
            }));
        }

        var compared = comparisons.FindAll(c => c.RelativeL2 is not null);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{comparisons.Count - different.Count} of {comparisons.Count} tensors are equal, greatest relative L2 difference {Short(compared.Count == 0 ? 0 : compared.Max(c => c.RelativeL2))}"));
    }

    /// <summary>Sources name and arrange tensors in their own ways: where no name is in both, says which they are.</summary>
    private static void PrintSources(TextWriter output, Checkpoint a, Checkpoint b, List<Comparison> comparisons)
    {
        if (comparisons.Count > 0 && comparisons.TrueForAll(c => c.A is null || c.B is null))
        {
            output.WriteLine($"No name is in both: A holds {Source(a)}, B {Source(b)}.");
        }

        static string Source(Checkpoint checkpoint) =>
            VggWeights.Match(checkpoint) is { } network ? $"{network.Architecture.DisplayName} of {network.Profile.Name}" : "no VGG network";
    }

    private static string Short(double? value) => value?.ToString("G4", CultureInfo.InvariantCulture) ?? string.Empty;

    private sealed record Comparison(string Name, string Status, double? MaximumDifference, double? RelativeL2, string? A, string? B);
}
