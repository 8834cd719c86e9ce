using System.Text.Json;
using Gpu.Cli;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Commands;

internal sealed class InspectCommandTests
{
    private static readonly string[] Bundled = ["inspect", TestFiles.BundledCheckpoint, "--device", "cpu"];

    [Test]
    public async Task Text_has_a_row_for_every_layer_totals_and_the_memory()
    {
        var (code, output, error) = await VggCommands.Run(Bundled);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(ExitCode.Success), error);
            Assert.That(lines, Has.Length.EqualTo(1 + 1 + 21 + 1 + 1));
            Assert.That(lines[0], Does.EndWith("VGG-16 of TF-Slim  TensorFlowV1  28 classes  input 224x224"));
            Assert.That(lines[2], Does.Match(@"^conv1/conv1_1 +3x3 +224x224x8 +224 +21\.7 +1,606 kB +\S+$"));
            Assert.That(lines[^2], Does.Match(@"^total +1,106,628 +500\.9 +7,\d+ kB$"));
            Assert.That(lines[^1], Does.Match(@"^on cpu: parameters [\d.]+ MB \(and [\d.]+ MB in the mapped file\), activations [\d.]+ MB; [\d.]+ MB at the peak of a run$"));
        });
    }

    [Test]
    public async Task Json_names_its_schema_and_adds_up()
    {
        var (code, output, error) = await VggCommands.Run([.. Bundled, "--size", "256x320", "--format", "json"]);
        Assert.That(code, Is.EqualTo(ExitCode.Success), error);
        var network = JsonDocument.Parse(output).RootElement;
        var layers = network.GetProperty("layers").EnumerateArray().ToList();
        Assert.Multiple(() =>
        {
            Assert.That(network.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[]
            {
                "schema", "file", "format", "network", "source", "classes", "height", "width", "parameters", "flops", "device", "memory", "layers",
            }));
            Assert.That(network.GetProperty("schema").GetString(), Is.EqualTo("vgg.inspect/1"));
            Assert.That(network.GetProperty("memory").EnumerateObject().Select(p => p.Name), Is.EqualTo(
                new[] { "parameterBytes", "parameterBytesInPlace", "activationBytes", "peakBytes" }));
            Assert.That(layers[0].EnumerateObject().Select(p => p.Name), Is.EqualTo(
                new[] { "name", "kernel", "height", "width", "channels", "parameters", "flops", "activationBytes", "algorithm" }));
            Assert.That(layers.Sum(l => l.GetProperty("flops").GetInt64()), Is.EqualTo(network.GetProperty("flops").GetInt64()));
            Assert.That(layers.Sum(l => l.GetProperty("parameters").GetInt64()), Is.EqualTo(1_106_628));
            Assert.That((layers[^1].GetProperty("height").GetInt32(), layers[^1].GetProperty("width").GetInt32()), Is.EqualTo((2, 4)));
        });
    }

    [TestCase("csv", 22, "layer,kernel,height,width,channels,parameters,flops,activation_bytes,algorithm", @"^pool1,2,112,112,8,0,301056,401408,\S+$")]
    [TestCase("markdown", 28, null, @"^\| pool1 \| 2x2 \| 112x112x8 \| 0 \| 0\.3 \| 401 kB \| \S+ \|$")]
    public async Task Tables_have_the_same_rows(string format, int lines, string? header, string pool)
    {
        var (code, output, error) = await VggCommands.Run([.. Bundled, "--format", format]);
        var printed = output.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(ExitCode.Success), error);
            Assert.That(printed, Has.Length.EqualTo(lines));
            Assert.That(header is null || printed[0] == header);
            Assert.That(printed, Has.Some.Matches(pool));
        });
    }

    [Test]
    public async Task A_checkpoint_of_another_network_is_exit_code_3()
    {
        var (code, output, error) = await VggCommands.Run("inspect", TestFiles.Data("checkpoints", "v1", "serving-half-plus-two", "export-00000-of-00001"), "--device", "cpu");
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(ExitCode.Weights));
            Assert.That(error.Trim(), Does.Contain("holds no VGG network").And.Not.Contain("\n"));
            Assert.That(output, Is.Empty);
        });
    }
}
