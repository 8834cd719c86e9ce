using System.Globalization;
using System.Text.Json;
using Gpu.Engine;
using Gpu.Engine.Networks;
using Gpu.Engine.Plans;
using Gpu.Kernels.Host;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Networks;
using NUnit.Framework;

namespace Gpu.Tests.Engine.Networks;

/// <summary>What a network is said to be and to take, against published figures and against what a model then takes.</summary>
internal sealed class NetworkDescriptionTests
{
    /// <summary>
    /// Parameters as torchvision's table of weights gives them, multiply-adds as its <c>_ops</c> does (15.47, 19.63 and 7.61 GFLOPS of
    /// two operations each). The files hold an index and a hole: no weight can have been read.
    /// </summary>
    [TestCase("vgg_a", 132_863_336L, 7.61)]
    [TestCase("vgg_16", 138_357_544L, 15.47)]
    [TestCase("vgg_19", 143_667_240L, 19.63)]
    public void Full_networks_have_the_published_sizes(string scope, long parameters, double gigaMultiplyAdds)
    {
        using var checkpoint = Checkpoint.Open(WriteIndex(VggArchitecture.All.Single(a => a.Scope == scope)));
        using var device = new HostDevice();
        var description = NetworkDescription.Read(checkpoint, device, new Shape(1, 224, 224, 3));
        var products = description.Layers.Where(l => l.Kind != VggLayerKind.MaxPool).Sum(l => l.Flops / 2);
        Assert.Multiple(() =>
        {
            Assert.That(description.Parameters, Is.EqualTo(parameters));
            Assert.That(products / 1e9, Is.EqualTo(gigaMultiplyAdds).Within(0.005));
            Assert.That(description.Classes, Is.EqualTo(1000));
            Assert.That(description.Layers.Single(l => l.Name == "pool5").Output, Is.EqualTo(new Shape(1, 7, 7, 512)));
            Assert.That(description.Layers[^1].Output, Is.EqualTo(new Shape(1, 1, 1, 1000)));
            Assert.That(description.Layers[0].ActivationBytes, Is.EqualTo(4L * 224 * 224 * 64));
        });
    }

    [TestCase(CheckpointFormat.Safetensors, 224, 224, Precision.Float32)]
    [TestCase(CheckpointFormat.Safetensors, 320, 448, Precision.Float32)]
    [TestCase(CheckpointFormat.Safetensors, 224, 224, Precision.Float16Weights)]
    [TestCase(CheckpointFormat.Safetensors, 224, 224, Precision.Int20Weights)]
    [TestCase(CheckpointFormat.TensorFlowV1, 256, 224, Precision.Float32)]
    public void Predicted_memory_is_what_a_model_takes(CheckpointFormat format, int height, int width, Precision precision)
    {
        var file = Path.Combine(TestFiles.OutputFolder(), "quarter");
        SyntheticNetwork.Write(file, format, VggArchitecture.Vgg16, widthDivisor: 4, classes: 100, seed: 1);
        using var checkpoint = Checkpoint.Open(file);
        using var device = new HostDevice();
        var input = new Shape(1, height, width, 3);
        var description = NetworkDescription.Read(checkpoint, device, input, precision);
        using var prepared = new PreparedNetwork(VggNetwork.Match(checkpoint), device, new AlgorithmChoice(device, new VggOptions { Precision = precision }));
        using var plan = new Plan(prepared, new PlanKey(input, Padding.Valid));
        Assert.Multiple(() =>
        {
            Assert.That(description.ActivationBytes, Is.EqualTo(plan.Bytes));
            Assert.That(description.ParameterBytes, Is.EqualTo(prepared.Bytes).Within(2).Percent);
            Assert.That(description.ParameterBytesInPlace, Is.EqualTo(prepared.BytesInPlace).Within(2).Percent);
            Assert.That(description.PeakBytes, Is.GreaterThan(plan.Bytes + (0.98 * prepared.Bytes)));
        });
    }

    [Test, NonParallelizable, Platform("Linux")]
    public void Parameters_in_the_mapped_file_can_be_made_to_occupy_memory()
    {
        var file = Path.Combine(TestFiles.OutputFolder(), "quarter");
        SyntheticNetwork.Write(file, CheckpointFormat.Safetensors, VggArchitecture.Vgg16, widthDivisor: 4, classes: 100, seed: 1);
        using var checkpoint = Checkpoint.Open(file);
        using var device = new HostDevice();
        using var prepared = new PreparedNetwork(VggNetwork.Match(checkpoint), device, new AlgorithmChoice(device, new VggOptions()));
        using var plan = new Plan(prepared, new PlanKey(new Shape(1, 224, 224, 3), Padding.Valid));
        var before = OccupiedByFiles();
        prepared.TouchInPlace();
        Assert.That(OccupiedByFiles() - before, Is.GreaterThan(0.9 * prepared.BytesInPlace));
    }

    [Test]
    public void An_input_without_an_output_is_refused()
    {
        using var checkpoint = Checkpoint.Open(TestFiles.BundledCheckpoint);
        using var device = new HostDevice();
        Assert.That(() => NetworkDescription.Read(checkpoint, device, new Shape(1, 192, 192, 3)), Throws.ArgumentException);
    }

    /// <summary>Bytes of files that are mapped to memory which this process occupies, by Linux's account.</summary>
    private static long OccupiedByFiles()
    {
        const string name = "RssFile:";
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith(name, StringComparison.Ordinal));
        return 1024 * long.Parse(line[name.Length..].Replace("kB", string.Empty, StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }

    /// <summary>A safetensors file of a network whose values are a hole in the file.</summary>
    private static string WriteIndex(VggArchitecture architecture)
    {
        var entries = new Dictionary<string, object>();
        var end = 0L;
        foreach (var tensor in SyntheticNetwork.Tensors(architecture, widthDivisor: 1, classes: 1000, seed: 1).Where(t => t.Type == ElementType.Float32))
        {
            entries[tensor.Name] = new { dtype = "F32", shape = tensor.Shape, data_offsets = new[] { end, end + tensor.Bytes } };
            end += tensor.Bytes;
        }

        var header = JsonSerializer.SerializeToUtf8Bytes(entries);
        var path = Path.Combine(TestFiles.OutputFolder(), "index.safetensors");
        using var file = File.Create(path);
        file.Write(BitConverter.GetBytes((long)header.Length));
        file.Write(header);
        file.SetLength(file.Length + end);
        return path;
    }
}
