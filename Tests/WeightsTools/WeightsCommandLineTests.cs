using System.Text.Json;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Networks;
using Gpu.Tests.Loader.Checkpoints;
using Gpu.WeightsTools;
using Gpu.WeightsTools.Values;
using NUnit.Framework;

namespace Gpu.Tests.WeightsTools;

internal sealed class WeightsCommandLineTests
{
    [TestCaseSource(typeof(CheckpointManifest), nameof(CheckpointManifest.Intact))]
    public async Task Inspect_prints_what_the_manifest_says(ManifestEntry entry)
    {
        if (entry.Tensors.Any(t => t.Hash is null))
        {
            Assert.That((await WeightsCommands.Run("inspect", entry.Path, "--hash")).Code, Is.EqualTo(ExitCode.Weights), "Its data are absent.");
            return;
        }

        var (code, root) = await WeightsCommands.RunJson("inspect", entry.Path, "--hash");
        Assert.That(code, Is.EqualTo(ExitCode.Success));
        Assert.That(root.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "format", "file", "tensors" }));
        Assert.That(
            root.GetProperty("tensors").EnumerateArray().Select(t => $"{t.GetProperty("name")} {t.GetProperty("dtype")} {Shape(t)} {t.GetProperty("sha256")}"),
            Is.EqualTo(entry.Tensors.OrderBy(t => t.Name, StringComparer.Ordinal).Select(t => $"{t.Name} {t.Type} {string.Join(',', t.Shape)} {t.Hash}")));

        static string Shape(JsonElement tensor) => string.Join(',', tensor.GetProperty("shape").EnumerateArray());
    }

    [Test]
    public async Task Inspect_prints_statistics_of_every_type()
    {
        var (_, root) = await WeightsCommands.RunJson("inspect", TestFiles.Data("checkpoints", "synthetic", "v1", "dtypes", "model.ckpt"));
        var tensors = root.GetProperty("tensors").EnumerateArray().ToDictionary(t => t.GetProperty("name").GetString()!);

        // -100000, 200000, -30000000, 400000, and two more
        Assert.That(tensors["i32"].GetProperty("min").GetDouble(), Is.EqualTo(-30_000_000));
        Assert.That(tensors["naninf"].GetProperty("nonFinite").GetInt64(), Is.EqualTo(3));
        Assert.That(tensors["u8"].GetProperty("max").GetDouble(), Is.EqualTo(255));
    }

    [Test]
    public async Task Inspect_prints_a_table_without_hashes()
    {
        var result = await WeightsCommands.Run("inspect", TestFiles.BundledCheckpoint);
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
        Assert.That((await WeightsCommands.Run(["synthesize", Name("a.ckpt"), "--seed", "5", .. thin])).Code, Is.EqualTo(ExitCode.Success));
        Assert.That((await WeightsCommands.Run(["synthesize", Name("b.ckpt"), "--seed", "5", .. thin])).Code, Is.EqualTo(ExitCode.Success));
        Assert.That((await WeightsCommands.Run(["synthesize", Name("c.ckpt"), "--seed", "6", .. thin])).Code, Is.EqualTo(ExitCode.Success));
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

    /// <summary>Random bits have every exponent; the length is no multiple of a vector's.</summary>
    [TestCase(ElementType.Float16)]
    [TestCase(ElementType.BFloat16)]
    [TestCase(ElementType.Float32)]
    [TestCase(ElementType.Float64)]
    [TestCase(ElementType.Int32)]
    public void Values_that_are_not_finite_are_counted_in_every_type(ElementType type)
    {
        var bytes = new byte[30_001 * type.Size()];
        new Random(9).NextBytes(bytes);
        for (var i = type.Size() - 1; i < bytes.Length; i += 200 * type.Size())
        {
            bytes.AsSpan(i + 1 - type.Size(), type.Size()).Fill(i % 3 == 0 ? (byte)0xff : (byte)0x7f);
        }

        // The figures are computed from decoded values.
        var expected = TensorStatistics.Of(type, bytes)!.NonFinite;
        Assert.That(TensorStatistics.CountNonFinite(type, bytes), Is.EqualTo(expected));
        Assert.That(expected, type == ElementType.Int32 ? Is.Zero : Is.GreaterThan(40));
    }

    [TestCase("fetch")]
    [TestCase("inspect")]
    [TestCase("verify")]
    [TestCase("convert")]
    [TestCase("compare")]
    [TestCase("synthesize")]
    public async Task Help_lists_every_command_with_examples(string command)
    {
        var (code, help, _) = await WeightsCommands.Run(command, "--help");
        Assert.That(code, Is.EqualTo(ExitCode.Success));
        Assert.That(help, Does.Contain("Examples:").And.Contain($"weights-tools {command} "));
        Assert.That((await WeightsCommands.Run("--help")).Output, Does.Contain($"weights-tools {command} ").And.Contain("Exit codes:"));
    }

    [Test]
    public async Task Synthesize_replaces_a_file_only_by_force()
    {
        var file = Path.Combine(TestFiles.OutputFolder(), "x.ckpt");
        await File.WriteAllTextAsync(file, "precious");
        string[] thin = ["--width", "1/64", "--classes", "2"];
        var refused = await WeightsCommands.Run(["synthesize", file, .. thin]);
        Assert.That(refused.Code, Is.EqualTo(ExitCode.Weights));
        Assert.That(refused.Error, Does.Contain("--force"));
        Assert.That(await File.ReadAllTextAsync(file), Is.EqualTo("precious"));
        Assert.That((await WeightsCommands.Run(["synthesize", file, "--force", .. thin])).Code, Is.EqualTo(ExitCode.Success));
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
        var result = await WeightsCommands.Run(arguments);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Usage));
        Assert.That(result.Error, Is.Not.Empty);
    }

    [Test]
    public async Task An_unreadable_file_is_exit_code_3_and_one_sentence()
    {
        var result = await WeightsCommands.Run("inspect", "nothing.ckpt");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Weights));
        Assert.That(result.Error.Trim(), Does.Contain("nothing.ckpt").And.Not.Contain("\n"));
    }
}
