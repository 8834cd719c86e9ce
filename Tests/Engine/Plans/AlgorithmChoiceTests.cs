using System.Text.Json;
using Gpu.Engine;
using Gpu.Engine.Networks;
using Gpu.Engine.Plans;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Tensors;
using Gpu.Tests.Reference;
using NUnit.Framework;

namespace Gpu.Tests.Engine.Plans;

internal sealed class AlgorithmChoiceTests
{
    private static readonly Shape Input = new(1, 224, 224, 3);

    private string file = "";

    [SetUp]
    public void NameFile() => file = Path.Combine(TestFiles.OutputFolder(), "no", "such", "folder", "algorithms.json");

    [Test]
    public void An_algorithm_can_be_asked_for_by_layer()
    {
        var expected = Run(new VggOptions());
        var (algorithms, logits) = Run(new VggOptions
        {
            Algorithms = new Dictionary<string, string> { ["conv3_2"] = "winograd-2x2", ["conv4/conv4_1"] = "direct", ["fc7"] = "direct" },
        });
        Assert.Multiple(() =>
        {
            Assert.That(algorithms["conv3/conv3_2"], Is.EqualTo("winograd-2x2"));
            Assert.That(algorithms["conv4/conv4_1"], Is.EqualTo("direct"));
            Assert.That(algorithms["fc7"], Is.EqualTo("direct"));
            Assert.That(algorithms.Where(a => a.Key is not ("conv3/conv3_2" or "conv4/conv4_1" or "fc7")), Is.SubsetOf(expected.Algorithms));
            Assert.That(RelativeError.L2(logits, Array.ConvertAll(expected.Logits, v => (double)v)), Is.LessThan(5e-5));
        });
    }

    [Test]
    public void A_star_is_every_layer_that_can()
    {
        var algorithms = Run(new VggOptions { Algorithms = new Dictionary<string, string> { ["*"] = "winograd-4x4", ["conv5_3"] = "direct" } }).Algorithms;
        Assert.That(algorithms.Count(a => a.Value == "winograd-4x4"), Is.GreaterThanOrEqualTo(8));
        Assert.That(algorithms["conv5/conv5_3"], Is.EqualTo("direct"));
        Assert.That(algorithms["fc6"], Does.StartWith("fully-connected"));
    }

    [Test]
    public void A_layer_that_is_not_there_and_an_algorithm_that_cannot_are_named()
    {
        Assert.That(
            () => Run(new VggOptions { Algorithms = new Dictionary<string, string> { ["conv9_1"] = "direct" } }),
            Throws.TypeOf<NetworkException>().With.Message.Contains("no layer 'conv9_1'").And.Message.Contains("conv1_1, conv1_2"));
        Assert.That(
            () => Run(new VggOptions { Algorithms = new Dictionary<string, string> { ["fc6"] = "winograd-4x4" } }),
            Throws.TypeOf<DeviceException>().With.Message.Contains("'winograd-4x4' for layer fc6").And.Message.Contains("direct"));
    }

    [Test]
    public void The_fastest_by_measurement_is_remembered()
    {
        var trials = new List<AlgorithmTrial>();
        var options = new VggOptions { Tuning = AlgorithmTuning.Measure, TuningFile = file, TrialObserver = trials.Add };
        var measured = Run(options);
        Assert.Multiple(() =>
        {
            Assert.That(trials.Select(t => t.Layer), Is.SupersetOf(new[] { "conv1/conv1_2", "conv5/conv5_3" }).And.Not.Contains("fc6"));
            Assert.That(trials.TrueForAll(t => t.Times.Count >= 2 && t.Times.All(a => a.Time > TimeSpan.Zero && a.Time >= t.Times[0].Time)));
            foreach (var trial in trials)
            {
                Assert.That(measured.Algorithms.Single(a => a.Key.Split('+')[0] == trial.Layer).Value, Is.EqualTo(trial.Times[0].Algorithm));
            }
        });

        var count = trials.Count;
        Run(options);
        Assert.That(trials, Has.Count.EqualTo(count), "nothing is measured twice");
        Assert.That(Run(options with { Tuning = AlgorithmTuning.Remember }).Algorithms, Is.EqualTo(measured.Algorithms));
    }

    [Test]
    public void What_was_remembered_counts_even_against_the_estimate()
    {
        Run(new VggOptions { Tuning = AlgorithmTuning.Measure, TuningFile = file });
        var devices = JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(File.ReadAllText(file))!;
        Assert.That(devices.Keys.Single(), Does.StartWith("Cpu "));
        var slow = devices.ToDictionary(d => d.Key, d => d.Value.ToDictionary(s => s.Key, _ => "direct"));
        File.WriteAllText(file, JsonSerializer.Serialize(slow));
        var remembering = new VggOptions { Tuning = AlgorithmTuning.Remember, TuningFile = file };
        Assert.That(Run(remembering).Algorithms.Where(a => a.Key.StartsWith("conv", StringComparison.Ordinal)).Select(a => a.Value), Is.All.EqualTo("direct"));

        File.WriteAllText(file, JsonSerializer.Serialize(slow.ToDictionary(d => d.Key + " of another version", d => d.Value)));
        Assert.That(Run(remembering).Algorithms, Is.EqualTo(Run(new VggOptions()).Algorithms));
        File.WriteAllText(file, "{ not json");
        Assert.That(Run(remembering).Algorithms, Is.EqualTo(Run(new VggOptions()).Algorithms));
    }

    private static (Dictionary<string, string> Algorithms, float[] Logits) Run(VggOptions options)
    {
        var algorithms = new Dictionary<string, string>();
        using var model = VggModel.Load(
            TestFiles.BundledCheckpoint, options with { Device = "cpu", LayerObserver = timing => algorithms[timing.Layer] = timing.Algorithm });
        var random = new Random(1);
        var values = new float[Input.Elements];
        foreach (ref var value in values.AsSpan())
        {
            value = (random.NextSingle() * 200) - 100;
        }

        return (algorithms, model.Logits(Input, values));
    }
}
