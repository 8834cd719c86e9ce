using System.Text.Json;
using System.Text.Json.Nodes;
using Gpu.Cli;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Laboratory;

internal sealed class BenchCompareTests
{
    private string old = null!;
    private string fresh = null!;

    [SetUp]
    public async Task Measure()
    {
        (old, fresh) = (Path.Combine(TestFiles.OutputFolder(), "old.json"), Path.Combine(TestFiles.OutputFolder(), "new.json"));
        var (_, records, _) = await VggCommands.Run(
            "bench", "--device", "cpu", "--width-divisor", "32", "--runs", "5", "--warmup", "0", "--check", "0", "--cool-down", "0", "--batch", "1,2", "--format", "json");
        await File.WriteAllTextAsync(old, records);
    }

    [TestCase(1.5, "slower")]
    [TestCase(0.5, "faster")]
    [TestCase(1, "no change")]
    [TestCase(1.05, "no change")]
    public async Task A_slowed_workload_is_found_and_the_other_is_not(double factor, string verdict)
    {
        await Slow(record => record["batch"]!.GetValue<int>() == 2, factor);
        var (code, output, error) = await VggCommands.Run("bench", "compare", old, fresh, "--tolerance", "10", "--format", "json");
        Assert.That(code, Is.EqualTo(ExitCode.Success), error);
        var changes = JsonDocument.Parse(output).RootElement.EnumerateArray().ToList();
        Assert.Multiple(() =>
        {
            Assert.That(changes.Select(c => c.GetProperty("verdict").GetString()), Is.EqualTo(new[] { "no change", verdict }));
            Assert.That(changes[1].GetProperty("ratio").GetDouble(), Is.EqualTo(factor).Within(1e-9));
            Assert.That(changes[1].GetProperty("low").GetDouble(), Is.LessThanOrEqualTo(factor));
            Assert.That(changes[1].GetProperty("workload").GetString(), Does.Contain("2 x 224x224, cpu, float32"));
        });
    }

    [Test]
    public async Task What_only_one_file_has_is_said()
    {
        await Slow(_ => true, 1, record => record["precision"] = record["batch"]!.GetValue<int>() == 1 ? "float32" : "fp16");
        var (code, output, error) = await VggCommands.Run("bench", "compare", old, fresh);
        Assert.That(code, Is.EqualTo(ExitCode.Success));
        Assert.That(error, Does.Contain("old.json': VGG-16 2 x 224x224").And.Contain("new.json': VGG-16 2 x 224x224, cpu, fp16"));
        Assert.That(output, Does.Contain("no change").And.Contain("1 x 224x224"));
    }

    [Test]
    public async Task A_file_without_records_is_refused()
    {
        await File.WriteAllTextAsync(fresh, """[{ "schema": "vgg.classify/1" }]""");
        var (code, _, error) = await VggCommands.Run("bench", "compare", old, fresh);
        Assert.That((code, error), Is.EqualTo((ExitCode.Usage, error)));
        Assert.That(error, Does.Contain("holds no records of 'vgg bench --format json'"));
        Assert.That((await VggCommands.Run("bench", "compare", old, "absent.json")).Code, Is.EqualTo(ExitCode.Usage));
    }

    /// <summary>Gives both files the same times, but for some records of the second.</summary>
    private async Task Slow(Func<JsonNode, bool> which, double factor, Action<JsonNode>? change = null)
    {
        double[] times = [100, 101, 103, 102, 104];
        var records = JsonNode.Parse(await File.ReadAllTextAsync(old))!.AsArray();
        SetTimes(_ => true, times);
        await File.WriteAllTextAsync(old, records.ToJsonString());
        SetTimes(which, [.. times.Select(t => t * factor)]);
        await File.WriteAllTextAsync(fresh, records.ToJsonString());

        void SetTimes(Func<JsonNode, bool> chosen, double[] values)
        {
            foreach (var record in records.Where(r => chosen(r!)))
            {
                record!["samples_ms"] = new JsonArray([.. values.Select(v => JsonValue.Create(v))]);
                if (ReferenceEquals(chosen, which))
                {
                    change?.Invoke(record);
                }
            }
        }
    }
}
