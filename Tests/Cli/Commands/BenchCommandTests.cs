using System.Text.Json;
using Gpu.Cli;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Commands;

internal sealed class BenchCommandTests
{
    private static readonly string[] Thin = ["bench", "--device", "cpu", "--width-divisor", "16", "--runs", "3", "--warmup", "0"];

    [Test]
    public async Task A_record_has_the_times_and_what_they_are_of()
    {
        var (code, output, error) = await Run([.. Thin, "--threads", "1", "--batch", "2", "--size", "256x288", "--layers", "--format", "json"]);
        Assert.That(code, Is.EqualTo(ExitCode.Success), error);
        var root = JsonDocument.Parse(output).RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(root.GetProperty("network").GetString(), Is.EqualTo("VGG-16"));
            Assert.That((root.GetProperty("batch").GetInt32(), root.GetProperty("height").GetInt32(), root.GetProperty("width").GetInt32()), Is.EqualTo((2, 256, 288)));
            Assert.That(root.GetProperty("runs").GetInt32(), Is.EqualTo(3));
            Assert.That(root.GetProperty("driver").GetString(), Does.Contain("1 threads"));
            Assert.That(root.GetProperty("median_ms").GetDouble(), Is.InRange(root.GetProperty("min_ms").GetDouble(), root.GetProperty("max_ms").GetDouble()));
            Assert.That(root.GetProperty("min_ms").GetDouble(), Is.Positive);
            Assert.That(root.GetProperty("layers").EnumerateArray().First().GetProperty("layer").GetString(), Does.StartWith("conv1/conv1_1"));
            Assert.That(root.GetProperty("layers").EnumerateArray().Sum(l => l.GetProperty("median_ms").GetDouble()), Is.Positive);
        });
    }

    [Test]
    public async Task Text_names_the_network_and_no_file_stays_behind()
    {
        var before = TemporaryFiles();
        var (code, output, _) = await Run([.. Thin, "--network", "vgg_19"]);
        Assert.That(code, Is.EqualTo(ExitCode.Success));
        Assert.That(output, Does.Contain("VGG-19").And.Contain("1 x 224x224").And.Contain("median"));
        Assert.That(TemporaryFiles(), Is.EqualTo(before));
    }

    [TestCase("--size", "100")]
    [TestCase("--size", "224x")]
    [TestCase("--size", "1x2x3")]
    [TestCase("--batch", "0")]
    [TestCase("--runs", "-1")]
    [TestCase("--format", "csv")]
    [TestCase("--precision", "int8")]
    public async Task Wrong_usage_is_exit_code_2(params string[] arguments) =>
        Assert.That((await Run([.. Thin, .. arguments])).Code, Is.EqualTo(ExitCode.Usage));

    private static string[] TemporaryFiles() => Directory.GetFiles(Path.GetTempPath(), "vgg-bench-*");

    private static async Task<(int Code, string Output, string Error)> Run(string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await VggCommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
