using System.Text.Json;
using Gpu.Cli;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Commands;

internal sealed class BenchCommandTests
{
    private static readonly string[] Thin = ["bench", "--device", "cpu", "--width-divisor", "16", "--runs", "3", "--warmup", "0", "--cool-down", "0"];

    [Test]
    public async Task There_is_a_record_for_every_combination()
    {
        var (code, output, error) = await Run([.. Thin, "--threads", "1,2", "--batch", "1-2", "--size", "256x288,224", "--precision", "float32,fp16-weights", "--format", "json"]);
        Assert.That(code, Is.EqualTo(ExitCode.Success), error);
        var records = JsonDocument.Parse(output).RootElement.EnumerateArray().ToList();
        Assert.That(records, Has.Count.EqualTo(16));
        Assert.That(records.DistinctBy(Workload).Count(), Is.EqualTo(16));
        Assert.Multiple(() =>
        {
            foreach (var record in records)
            {
                Assert.That(record.EnumerateObject().First().Value.GetString(), Is.EqualTo("vgg.bench/1"));
                Assert.That(record.GetProperty("network").GetString(), Is.EqualTo("VGG-16"));
                Assert.That(record.GetProperty("workload").GetString(), Is.EqualTo(record.GetProperty("height").GetInt32() == 224 ? "classify" : "dense"));
                Assert.That(record.GetProperty("samples_ms").GetArrayLength(), Is.EqualTo(3).And.EqualTo(record.GetProperty("runs").GetInt32()));
                Assert.That(record.GetProperty("driver").GetString(), Does.Contain($", {record.GetProperty("threads").GetInt32()} thread"));
                Assert.That(Number(record, "min_ms"), Is.Positive.And.LessThanOrEqualTo(Number(record, "median_ms")));
                Assert.That(Number(record, "median_ms"), Is.LessThanOrEqualTo(Number(record, "p95_ms")));
                Assert.That(Number(record, "images_per_second"), Is.EqualTo(record.GetProperty("batch").GetInt32() * 1000 / Number(record, "median_ms")).Within(1e-6));
                Assert.That(Number(record, "percent_of_peak"), Is.EqualTo(100 * Number(record, "gflops") / Number(record, "peak_gflops")).Within(1e-6));
                Assert.That(Number(record, "relative_l2"), record.GetProperty("precision").GetString() == "float32" ? Is.InRange(1e-9, 1e-4) : Is.InRange(1e-5, 1e-2));
                Assert.That(Number(record, "top1_agreement"), Is.InRange(0.5, 1));
                Assert.That(record.GetProperty("machine").GetString(), Does.EndWith("processors"));
            }
        });
    }

    [TestCase("csv", "device,threads,precision,batch,height,width,median_ms")]
    [TestCase("markdown", "| device | threads | precision | batch |")]
    public async Task Other_formats_have_the_same_columns(string format, string beginning)
    {
        var (code, output, _) = await Run([.. Thin, "--check", "0", "--format", format]);
        Assert.That(code, Is.EqualTo(ExitCode.Success));
        Assert.That(output, Does.StartWith(beginning).And.Contain("float32").And.Contain("224"));
    }

    [Test]
    public async Task What_one_device_cannot_does_not_stop_the_others()
    {
        var (code, output, error) = await Run([.. Thin, "--precision", "tf32,float32"]);
        Assert.That(code, Is.EqualTo(ExitCode.InputsFailed));
        Assert.That(error, Does.Contain("does not multiply in TensorFloat32"));
        Assert.That(output, Does.Contain("float32"));
        Assert.That((await Run([.. Thin, "--precision", "tf32"])).Code, Is.EqualTo(ExitCode.Device));
    }

    [Test]
    public async Task Text_names_the_network_and_no_file_stays_behind()
    {
        var before = TemporaryFiles();
        var (code, output, _) = await Run([.. Thin, "--network", "vgg_19"]);
        Assert.That(code, Is.EqualTo(ExitCode.Success));
        Assert.That(output, Does.Contain("VGG-19").And.Contain("224").And.Contain("median"));
        Assert.That(TemporaryFiles(), Is.EqualTo(before));
    }

    [TestCase("--size", "100")]
    [TestCase("--size", "224x")]
    [TestCase("--size", "1x2x3")]
    [TestCase("--batch", "0")]
    [TestCase("--runs", "-1")]
    [TestCase("--batch", "4-2")]
    [TestCase("--size", "224,100")]
    [TestCase("--threads", "0,1")]
    [TestCase("--check", "-1")]
    [TestCase("--format", "jsonl")]
    [TestCase("--precision", "float32,int8")]
    public async Task Wrong_usage_is_exit_code_2(params string[] arguments) =>
        Assert.That((await Run([.. Thin, .. arguments])).Code, Is.EqualTo(ExitCode.Usage));

    private static string Workload(JsonElement record) =>
        string.Join(' ', new[] { "batch", "height", "width", "precision", "threads" }.Select(p => record.GetProperty(p).ToString()));

    private static double Number(JsonElement record, string property) => record.GetProperty(property).GetDouble();

    private static string[] TemporaryFiles() => Directory.GetFiles(Path.GetTempPath(), "vgg-bench-*");

    private static async Task<(int Code, string Output, string Error)> Run(string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await VggCommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
