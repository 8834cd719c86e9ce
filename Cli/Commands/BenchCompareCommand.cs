using System.CommandLine;
using Gpu.Cli.Laboratory;
using Gpu.Cli.Rendering;

namespace Gpu.Cli.Commands;

/// <summary><c>vgg bench compare OLD NEW</c></summary>
internal static class BenchCompareCommand
{
    public static Command Create()
    {
        var before = new Argument<string>("OLD") { Description = "Records of vgg bench --format json." };
        var after = new Argument<string>("NEW") { Description = "Later records, of the same workloads." };
        var tolerance = BoundedOption.Create("--tolerance", "Changes of fewer percent are none: from run to run the same program differs by some.", 2, 0, 1000);
        var format = FormatOption.Create(OutputFormat.Table, OutputFormat.Json, OutputFormat.Csv, OutputFormat.Markdown);
        var command = new Command(
            "compare",
            """
            Tell what changed between two measurements beyond their noise: the ratio of the medians, with a bootstrap confidence interval of 95 %.

            Examples:
              vgg bench compare old.json new.json
              vgg bench compare old.json new.json --tolerance 5 --format markdown
            """)
        {
            before, after, tolerance, format,
        };
        command.SetAction(parsed =>
        {
            var (old, fresh) = (Samples(parsed.GetValue(before)!), Samples(parsed.GetValue(after)!));
            var common = old.Keys.Where(fresh.ContainsKey).ToList();
            foreach (var key in old.Keys.Concat(fresh.Keys).Distinct().Except(common))
            {
                GlobalOptions.Notices(parsed).WriteLine($"Only in '{parsed.GetValue(old.ContainsKey(key) ? before : after)}': {key}.");
            }

            if (common.Count == 0)
            {
                throw new UsageException("The two files have no workload in common.");
            }

            CompareWriter.Write(
                parsed.GetValue(format), parsed.InvocationConfiguration.Output,
                [.. common.Select(key => new BenchChange(old[key], fresh[key], parsed.GetValue(tolerance)))]);
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>Records of the same workload in a file are taken together.</summary>
    private static Dictionary<string, IReadOnlyList<BenchRecord>> Samples(string path) =>
        BenchWriter.Read(path).GroupBy(r => r.Key).ToDictionary(g => g.Key, IReadOnlyList<BenchRecord> (g) => [.. g]);
}
