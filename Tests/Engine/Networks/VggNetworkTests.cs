using Gpu.Cases;
using Gpu.Engine;
using Gpu.Engine.Networks;
using Gpu.Kernels.Host;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Networks;
using Gpu.Tests.Loader.Checkpoints;
using Gpu.Tests.Reference;
using NUnit.Framework;

namespace Gpu.Tests.Engine.Networks;

/// <summary>Matching of checkpoints to the tables of layers, and the networks that come of it against float64.</summary>
internal sealed class VggNetworkTests
{
    private static IEnumerable<string> Scopes => VggArchitecture.All.Select(a => a.Scope);

    [TestCaseSource(nameof(Scopes))]
    public void Thin_networks_of_every_depth_match_float64(string scope)
    {
        var file = Write(Thin(scope, widthDivisor: 16, classes: 10));
        using var checkpoint = Checkpoint.Open(file);
        using var device = new HostDevice();
        using var model = VggModel.Load(checkpoint, device);
        var valid = new Shape(2, 224, 256, 3);
        var same = new Shape(1, 97, 64, 3);
        Assert.Multiple(() =>
        {
            Assert.That(model.Network, Is.EqualTo(VggArchitecture.All.Single(a => a.Scope == scope).DisplayName));
            Assert.That(Error(model, checkpoint, scope, valid, Padding.Valid), Is.LessThanOrEqualTo(1e-5));
            Assert.That(Error(model, checkpoint, scope, same, Padding.Same), Is.LessThanOrEqualTo(1e-5));
        });
    }

    [Test]
    public void Every_offending_tensor_is_named_at_once()
    {
        var tensors = Thin("vgg_16", widthDivisor: 16, classes: 10);
        tensors.Remove("vgg_16/conv2/conv2_1/weights");
        tensors["vgg_16/conv1/conv1_2/weights"] = [3, 3, 5, 4];
        tensors["vgg_16/fc6/biases"] = [7];
        tensors["vgg_16/fc7/weights"] = [1, 256, 256];
        using var checkpoint = Checkpoint.Open(Write(tensors));
        Assert.That(
            () => VggNetwork.Match(checkpoint),
            Throws.InstanceOf<NetworkException>()
                .With.Message.Contains("'vgg_16/conv2/conv2_1/weights' is missing")
                .And.Message.Contains("'vgg_16/conv1/conv1_2/weights' has shape [3, 3, 5, 4], expected [3, 3, 4, out]")
                .And.Message.Contains("'vgg_16/fc6/biases' has shape [7], expected [256]")
                .And.Message.Contains("'vgg_16/fc7/weights' has shape [1, 256, 256], expected [1, 1, 256, out]")
                .And.Message.Contains("VGG-16"));
    }

    [Test]
    public void A_checkpoint_of_another_network_says_what_it_holds()
    {
        using var checkpoint = Checkpoint.Open(Write(new() { ["lstm/kernel"] = [4, 4] }));
        Assert.That(
            () => VggNetwork.Match(checkpoint),
            Throws.InstanceOf<NetworkException>().With.Message.Contains("lstm/kernel").And.Message.Contains("vgg_16/conv1/conv1_1/weights"));
    }

    [Test]
    public void Further_variables_do_not_matter()
    {
        var tensors = Thin("vgg_16", widthDivisor: 16, classes: 10);
        tensors["vgg_16/fc8/weights/Momentum"] = [1, 1, 256, 10];
        tensors["vgg_16/mean_rgb"] = [3];
        using var checkpoint = Checkpoint.Open(Write(tensors));
        Assert.That(VggNetwork.Match(checkpoint).Classes, Is.EqualTo(10));
    }

    [Test]
    public void The_full_networks_have_as_many_parameters_as_published()
    {
        // Simonyan and Zisserman, table 2, in millions: A 133, D 138, E 144.
        var parameters = VggArchitecture.All.Select(a =>
        {
            long sum = 0, channels = VggArchitecture.InputChannels;
            foreach (var layer in a.Layers.Where(l => l.Kind != VggLayerKind.MaxPool))
            {
                sum += ((layer.KernelSize * layer.KernelSize * channels) + 1) * layer.OutputChannels;
                channels = layer.OutputChannels;
            }

            return sum;
        });
        Assert.That(parameters, Is.EqualTo(new long[] { 132_863_336, 138_357_544, 143_667_240 }));
    }

    private static double Error(VggModel model, Checkpoint checkpoint, string scope, Shape shape, Padding padding)
    {
        var input = RandomArray.Uniform(shape.Elements, seed: 5, scale: 120f);
        return RelativeError.L2(model.Logits(shape, input, padding), ReferenceNetwork.Logits(checkpoint, scope, shape, input, padding));
    }

    /// <summary>Shapes of a network whose widths are a fraction of the published ones.</summary>
    private static Dictionary<string, long[]> Thin(string scope, int widthDivisor, int classes)
    {
        var architecture = VggArchitecture.All.Single(a => a.Scope == scope);
        var tensors = new Dictionary<string, long[]>();
        long channels = VggArchitecture.InputChannels;
        foreach (var layer in architecture.Layers.Where(l => l.Kind != VggLayerKind.MaxPool))
        {
            var outputs = ReferenceEquals(layer, architecture.Layers[^1]) ? classes : layer.OutputChannels / widthDivisor;
            tensors.Add(architecture.WeightsName(layer), [layer.KernelSize, layer.KernelSize, channels, outputs]);
            tensors.Add(architecture.BiasesName(layer), [outputs]);
            channels = outputs;
        }

        return tensors;
    }

    private static string Write(Dictionary<string, long[]> tensors)
    {
        var path = Path.Combine(TestFiles.OutputFolder(), "network.ckpt");
        CheckpointWriter.Write(path, CheckpointFormat.TensorFlowV1, [.. tensors.Select((t, i) => Source(t.Key, t.Value, i))]);
        return path;
    }

    private static TensorSource Source(string name, long[] shape, int seed)
    {
        var fanIn = shape[..^1].Aggregate(1L, (product, size) => product * size);
        var values = RandomArray.Uniform(shape.Aggregate(1L, (product, size) => product * size), seed, shape.Length == 1 ? 0.1f : MathF.Sqrt(6f / fanIn));
        return TensorSources.Float32(name, values, shape);
    }
}
