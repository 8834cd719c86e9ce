using System.Text.Json;
using Gpu.Loader.Checkpoints;
using Gpu.WeightsTools;
using NUnit.Framework;

namespace Gpu.Tests.WeightsTools;

internal sealed class WeightsCommandLineTests
{
    [Test]
    public async Task Inspect_prints_what_the_manifest_says()
    {
        var file = TestFiles.Data("checkpoints", "synthetic", "v1", "dtypes", "model.ckpt");
        var result = await Run("inspect", file, "--hash", "--json");
        var root = JsonDocument.Parse(result.Output).RootElement;
        var tensors = root.GetProperty("tensors").EnumerateArray().ToDictionary(t => t.GetProperty("name").GetString()!);
        var manifest = JsonDocument.Parse(File.ReadAllBytes(TestFiles.Data("checkpoints", "manifest.json"))).RootElement
            .EnumerateArray().Single(e => e.GetProperty("id").GetString() == "synthetic/v1/dtypes");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Success));
        Assert.That(root.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "format", "file", "tensors" }));
        foreach (var expected in manifest.GetProperty("tensors").EnumerateArray())
        {
            var actual = tensors[expected.GetProperty("name").GetString()!];
            Assert.That(actual.GetProperty("dtype").GetString(), Is.EqualTo(expected.GetProperty("dtype").GetString()));
            if (expected.TryGetProperty("sha256", out var hash))
            {
                Assert.That(actual.GetProperty("sha256").GetString(), Is.EqualTo(hash.GetString()));
                Assert.That(actual.GetProperty("bytes").GetInt64(), Is.EqualTo(expected.GetProperty("bytes").GetInt64()));
            }
        }

        // -100000, 200000, -30000000, 400000, and two more
        Assert.That(tensors["i32"].GetProperty("min").GetDouble(), Is.EqualTo(-30_000_000));
        Assert.That(tensors["naninf"].GetProperty("nonFinite").GetInt64(), Is.EqualTo(3));
        Assert.That(tensors["u8"].GetProperty("max").GetDouble(), Is.EqualTo(255));
    }

    [Test]
    public async Task Inspect_prints_a_table_without_hashes()
    {
        var result = await Run("inspect", TestFiles.BundledCheckpoint);
        Assert.Multiple(() =>
        {
            Assert.That(result.Output, Does.Contain("TensorFlowV1").And.Contain("vgg_16/fc6/weights").And.Contain("[7, 7, 64, 256]"));
            Assert.That(result.Output, Does.Not.Contain("sha256"));
            Assert.That(result.Error, Is.Empty);
        });
    }

    [TestCase(new[] { 1f, 2f, 3f, 6f }, 1, 6, 3, 1.8708286933869707, 0)]
    [TestCase(new[] { float.NaN, 5f, float.PositiveInfinity }, 5, 5, 5, 0, 2)]
    public void Statistics_are_of_the_finite_values(float[] values, double minimum, double maximum, double mean, double deviation, long nonFinite)
    {
        var statistics = TensorStatistics.Of(ElementType.Float32, System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values))!;
        Assert.Multiple(() =>
        {
            Assert.That((statistics.Minimum, statistics.Maximum, statistics.NonFinite), Is.EqualTo((minimum, maximum, nonFinite)));
            Assert.That(statistics.Mean, Is.EqualTo(mean).Within(1e-12));
            Assert.That(statistics.StandardDeviation, Is.EqualTo(deviation).Within(1e-12));
        });
    }

    [Test]
    public async Task Synthesize_writes_a_network_that_depends_on_the_seed_alone()
    {
        var folder = TestFiles.OutputFolder();
        string Name(string name) => Path.Combine(folder, name);
        string[] thin = ["--width", "1/16", "--classes", "10", "--network", "vgg_a"];
        Assert.That((await Run(["synthesize", Name("a.ckpt"), "--seed", "5", .. thin])).Code, Is.EqualTo(ExitCode.Success));
        Assert.That((await Run(["synthesize", Name("b.ckpt"), "--seed", "5", .. thin])).Code, Is.EqualTo(ExitCode.Success));
        Assert.That((await Run(["synthesize", Name("c.ckpt"), "--seed", "6", .. thin])).Code, Is.EqualTo(ExitCode.Success));
        Assert.That(File.ReadAllBytes(Name("b.ckpt")), Is.EqualTo(File.ReadAllBytes(Name("a.ckpt"))));
        Assert.That(File.ReadAllBytes(Name("c.ckpt")), Is.Not.EqualTo(File.ReadAllBytes(Name("a.ckpt"))));

        using var checkpoint = Checkpoint.Open(Name("a.ckpt"));
        Assert.That(checkpoint.TryFind("vgg_a/fc8/weights", out var last));
        Assert.That(last!.Shape, Is.EqualTo(new long[] { 1, 1, 256, 10 }));
        Assert.That(checkpoint.TryFind("vgg_a/mean_rgb", out _));
        checkpoint.TryFind("vgg_a/fc6/weights", out var fc6);
        var statistics = TensorStatistics.Of(ElementType.Float32, checkpoint.ReadBytes(fc6!))!;
        Assert.That(statistics.StandardDeviation, Is.EqualTo(Math.Sqrt(2.0 / (7 * 7 * 32))).Within(1e-4), "He's variance, 2 / fan-in");
        Assert.That(statistics.Mean, Is.EqualTo(0).Within(1e-4));
    }

    /// <summary>Values of an independent program, so that a seed means the same network in every version.</summary>
    [Test]
    public void A_seed_names_a_network_for_good()
    {
        var path = Path.Combine(TestFiles.OutputFolder(), "thin.ckpt");
        SyntheticNetwork.Write(path, Gpu.Loader.Checkpoints.CheckpointFormat.TensorFlowV1, Gpu.Loader.Networks.VggArchitecture.Vgg16, widthDivisor: 8, classes: 10, seed: 7);
        using var checkpoint = Checkpoint.Open(path);
        checkpoint.TryFind("vgg_16/fc6/weights", out var fc6);
        var values = checkpoint.ReadFloat32(fc6!);
        Assert.That(
            new[] { values[0], values[65537], values[1048581] },
            Is.EqualTo(new[] { -0.027290400117635727f, 0.016553767025470734f, 0.03232694789767265f }));
    }

    [Test]
    public void Statistics_that_exceed_float64_are_left_out()
    {
        double[] values = [double.MaxValue, -double.MaxValue, double.MaxValue];
        var statistics = TensorStatistics.Of(ElementType.Float64, System.Runtime.InteropServices.MemoryMarshal.AsBytes<double>(values))!;
        Assert.That(statistics.StandardDeviation, Is.Null);
        Assert.That((statistics.Minimum, statistics.Maximum, statistics.NonFinite), Is.EqualTo((-double.MaxValue, double.MaxValue, 0)));
    }

    [Test]
    public async Task Synthesize_replaces_a_file_only_by_force()
    {
        var file = Path.Combine(TestFiles.OutputFolder(), "x.ckpt");
        await File.WriteAllTextAsync(file, "precious");
        string[] thin = ["--width", "1/64", "--classes", "2"];
        var refused = await Run(["synthesize", file, .. thin]);
        Assert.That(refused.Code, Is.EqualTo(ExitCode.Weights));
        Assert.That(refused.Error, Does.Contain("--force"));
        Assert.That(await File.ReadAllTextAsync(file), Is.EqualTo("precious"));
        Assert.That((await Run(["synthesize", file, "--force", .. thin])).Code, Is.EqualTo(ExitCode.Success));
        Checkpoint.Open(file).Dispose();
    }

    [TestCase("inspect")]
    [TestCase("synthesize", "x.ckpt", "--width", "2")]
    [TestCase("synthesize", "x.ckpt", "--width", "1/0")]
    [TestCase("synthesize", "x.ckpt", "--network", "resnet")]
    [TestCase("synthesize", "x.ckpt", "--classes", "0")]
    [TestCase("polish", "x.ckpt")]
    public async Task Wrong_usage_is_exit_code_2(params string[] arguments)
    {
        var result = await Run(arguments);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(result.Error, Is.Not.Empty);
    }

    [Test]
    public async Task An_unreadable_file_is_exit_code_3_and_one_sentence()
    {
        var result = await Run("inspect", "nothing.ckpt");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Weights));
        Assert.That(result.Error.Trim(), Does.Contain("nothing.ckpt").And.Not.Contain("\n"));
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await WeightsCommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
