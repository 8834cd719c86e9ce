using System.Buffers.Binary;
using Gpu.Cases;
using Gpu.Engine;
using Gpu.Kernels.Host;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Checkpoints;
using Gpu.Tests.Loader.Checkpoints;
using Gpu.Tests.Reference;
using NUnit.Framework;

namespace Gpu.Tests.Engine.Networks;

/// <summary>
/// The same random thin VGG-16 as each source would store it: the logits must be those of TF-Slim's checkpoint. The names are
/// written out here, from the sources' own code and files, and not taken from the product's table.
/// </summary>
internal sealed class WeightsSourceTests
{
    private const int Classes = 10;

    private static readonly Padding FullyConvolutional = Padding.Same;

    private static readonly Shape Input = new(2, 40, 33, 3);

    /// <summary>Outputs of the convolutions and the fully connected layers, 1/16 of the published ones.</summary>
    private static readonly int[] Widths = [4, 4, 8, 8, 16, 16, 16, 32, 32, 32, 32, 32, 32, 256, 256, Classes];

    private static readonly string[] Slim =
    [
        "conv1/conv1_1", "conv1/conv1_2", "conv2/conv2_1", "conv2/conv2_2", "conv3/conv3_1", "conv3/conv3_2", "conv3/conv3_3",
        "conv4/conv4_1", "conv4/conv4_2", "conv4/conv4_3", "conv5/conv5_1", "conv5/conv5_2", "conv5/conv5_3", "fc6", "fc7", "fc8",
    ];

    private static readonly string[] Keras =
    [
        "block1_conv1", "block1_conv2", "block2_conv1", "block2_conv2", "block3_conv1", "block3_conv2", "block3_conv3",
        "block4_conv1", "block4_conv2", "block4_conv3", "block5_conv1", "block5_conv2", "block5_conv3", "fc1", "fc2", "predictions",
    ];

    /// <summary>Modules of torchvision's vgg16 and vgg16_bn, where a batch normalization follows its convolution.</summary>
    private static readonly int[] Modules = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28];

    private static readonly int[] NormalizedModules = [0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40];

    private static readonly Layer[] Network = [.. Slim.Select(NewLayer)];

    /// <summary>Random statistics of a batch normalization, as (gamma, beta, mean, variance) of each convolution.</summary>
    private static readonly float[][][] Statistics =
    [
        .. Enumerable.Range(0, Modules.Length).Select(i => new[]
        {
            Random(Widths[i], 500 + i, 0.4f, 1f), Random(Widths[i], 600 + i, 0.3f, 0f), Random(Widths[i], 700 + i, 0.5f, 0f), Random(Widths[i], 800 + i, 0.4f, 0.8f),
        }),
    ];

    private static readonly float[] Pixels = RandomArray.Uniform(Input.Elements, seed: 5, scale: 2f);

    private readonly Lazy<float[]> expected = new(() => Logits(Write("slim.ckpt", CheckpointFormat.TensorFlowV1, SlimTensors(Network)), "TF-Slim"));

    private readonly Lazy<float[]> expectedNormalized =
        new(() => Logits(Write("folded.ckpt", CheckpointFormat.TensorFlowV1, SlimTensors([.. Network.Select(Normalize)])), "TF-Slim"));

    private static IEnumerable<TestCaseData> Sources
    {
        get
        {
            yield return Case(CheckpointFormat.TensorFlowV2, "TF-Slim", SlimTensors(Network));
            yield return Case(CheckpointFormat.Safetensors, "TF-Slim", SlimTensors(Network));
            yield return Case(CheckpointFormat.Safetensors, "torchvision", TorchTensors(Modules, ["classifier.0", "classifier.3", "classifier.6"], matrices: true));
            yield return Case(CheckpointFormat.Safetensors, "timm", TorchTensors(Modules, ["pre_logits.fc1", "pre_logits.fc2", "head.fc"], matrices: false));
            yield return Case(CheckpointFormat.Hdf5, "Keras", KerasTensors("{0}/{0}_W_1:0", "{0}/{0}_b_1:0"));
            yield return Case(CheckpointFormat.Hdf5, "Keras 2", KerasTensors("{0}/{0}/kernel:0", "{0}/{0}/bias:0"));
            yield return Case(CheckpointFormat.Hdf5, "Keras 2 model", KerasTensors("model_weights/{0}/{0}/kernel:0", "model_weights/{0}/{0}/bias:0"));
        }
    }

    private static IEnumerable<TestCaseData> NormalizedSources
    {
        get
        {
            yield return Case(
                CheckpointFormat.Safetensors,
                "torchvision, batch normalization",
                [.. TorchTensors(NormalizedModules, ["classifier.0", "classifier.3", "classifier.6"], matrices: true), .. NormalizationTensors()]);
            yield return Case(
                CheckpointFormat.Safetensors,
                "timm, batch normalization",
                [.. TorchTensors(NormalizedModules, ["pre_logits.fc1", "pre_logits.fc2", "head.fc"], matrices: false), .. NormalizationTensors()]);
        }
    }

    [TestCaseSource(nameof(Sources))]
    public void Every_source_gives_the_logits_of_tf_slims_checkpoint(CheckpointFormat format, string profile, TensorSource[] tensors) =>
        Assert.That(Logits(Write("weights", format, tensors), profile), Is.EqualTo(expected.Value));

    [TestCaseSource(nameof(NormalizedSources))]
    public void Batch_normalization_is_folded_into_the_convolution_before_it(CheckpointFormat format, string profile, TensorSource[] tensors) =>
        Assert.That(RelativeError.L2(Logits(Write("weights", format, tensors), profile), Array.ConvertAll(expectedNormalized.Value, v => (double)v)), Is.LessThan(2e-6));

    [Test]
    public void The_logits_are_those_of_the_float64_network()
    {
        using var checkpoint = Checkpoint.Open(Write("slim.ckpt", CheckpointFormat.TensorFlowV1, SlimTensors(Network)));
        var reference = ReferenceNetwork.Logits(checkpoint, "vgg_16", Input, Pixels, FullyConvolutional);
        Assert.That(RelativeError.L2(expected.Value, reference), Is.LessThan(1e-5));
    }

    [TestCase(ElementType.Float16)]
    [TestCase(ElementType.BFloat16)]
    [TestCase(ElementType.Float64)]
    public void Another_type_gives_the_logits_of_the_same_values_as_float32(ElementType type)
    {
        // bfloat16 has the fewest bits and float16 the smallest range: weights of either are exact in float32.
        Layer[] rounded = [.. Network.Select(l => l with { Weights = Round(l.Weights, type), Biases = Round(l.Biases, type) })];
        var float32 = Logits(Write("float32.safetensors", CheckpointFormat.Safetensors, SlimTensors(rounded)), "TF-Slim");
        TensorSource[] converted = [.. SlimTensors(rounded).Zip(rounded.SelectMany(l => new[] { l.Weights, l.Biases })).Select(t => Encode(t.First, t.Second, type))];
        Assert.That(Logits(Write("other.safetensors", CheckpointFormat.Safetensors, converted), "TF-Slim"), Is.EqualTo(float32));
    }

    private static TestCaseData Case(CheckpointFormat format, string profile, TensorSource[] tensors) =>
        new TestCaseData(format, profile, tensors).SetArgDisplayNames(format.ToString(), profile);

    private static string Write(string name, CheckpointFormat format, TensorSource[] tensors)
    {
        var path = Path.Combine(TestFiles.OutputFolder(), name);
        if (format == CheckpointFormat.Hdf5)
        {
            Hdf5File.Write(path, tensors);
        }
        else
        {
            CheckpointWriter.Write(path, format, tensors);
        }

        return path;
    }

    private static float[] Logits(string path, string profile)
    {
        using var checkpoint = Checkpoint.Open(path);
        using var device = new HostDevice();
        using var model = VggModel.Load(checkpoint, device);
        Assert.That(model.Source, Is.EqualTo(profile));
        Assert.That(model.Network, Is.EqualTo("VGG-16"));
        return model.Logits(Input, Pixels, FullyConvolutional);
    }

    private static float[] Random(int length, int seed, float scale, float centre) => [.. RandomArray.Uniform(length, seed, scale).Select(v => v + centre)];

    private static Layer NewLayer(string name, int index)
    {
        var (kernel, inputs, outputs) = (name == "fc6" ? 7 : name.StartsWith("fc", StringComparison.Ordinal) ? 1 : 3, index == 0 ? 3 : Widths[index - 1], Widths[index]);
        var depth = kernel * kernel * inputs;
        return new Layer(name, kernel, inputs, outputs, RandomArray.Uniform(depth * outputs, index, MathF.Sqrt(6f / depth)), RandomArray.Uniform(outputs, 100 + index, 0.1f));
    }

    /// <summary>The batch normalization behind a convolution, in float64, as part of its weights.</summary>
    private static Layer Normalize(Layer layer, int index)
    {
        if (index >= Statistics.Length)
        {
            return layer;
        }

        var (gamma, beta, mean, variance) = (Statistics[index][0], Statistics[index][1], Statistics[index][2], Statistics[index][3]);
        double[] factors = [.. gamma.Select((g, o) => g / Math.Sqrt(variance[o] + 1e-5))];
        return layer with
        {
            Weights = [.. layer.Weights.Select((w, i) => (float)(w * factors[i % layer.Outputs]))],
            Biases = [.. layer.Biases.Select((b, o) => (float)(((b - (double)mean[o]) * factors[o]) + beta[o]))],
        };
    }

    private static TensorSource[] SlimTensors(Layer[] network) =>
    [
        .. network.SelectMany(l => new[]
        {
            TensorSources.Float32($"vgg_16/{l.Name}/weights", l.Weights, l.Kernel, l.Kernel, l.Inputs, l.Outputs),
            TensorSources.Float32($"vgg_16/{l.Name}/biases", l.Biases),
        }),
    ];

    private static TensorSource[] TorchTensors(int[] modules, string[] fullyConnected, bool matrices)
    {
        string[] names = [.. modules.Select(m => $"features.{m}"), .. fullyConnected];
        return
        [
            .. Network.Zip(names).SelectMany(pair =>
            {
                var (layer, name) = pair;
                long[] shape = matrices && layer.Name.StartsWith("fc", StringComparison.Ordinal)
                    ? [layer.Outputs, layer.Inputs * layer.Kernel * layer.Kernel]
                    : [layer.Outputs, layer.Inputs, layer.Kernel, layer.Kernel];
                return new[] { TensorSources.Float32($"{name}.weight", ToOihw(layer), shape), TensorSources.Float32($"{name}.bias", layer.Biases) };
            }),
        ];
    }

    private static IEnumerable<TensorSource> NormalizationTensors() => Statistics.SelectMany((s, i) => new[]
    {
        TensorSources.Float32($"features.{NormalizedModules[i] + 1}.weight", s[0]),
        TensorSources.Float32($"features.{NormalizedModules[i] + 1}.bias", s[1]),
        TensorSources.Float32($"features.{NormalizedModules[i] + 1}.running_mean", s[2]),
        TensorSources.Float32($"features.{NormalizedModules[i] + 1}.running_var", s[3]),
        TensorSources.Int64($"features.{NormalizedModules[i] + 1}.num_batches_tracked", 1000),
    });

    /// <summary>Keras has matrices of rows in the order height, width, channels, and the colours blue, green, red.</summary>
    private static TensorSource[] KerasTensors(string weights, string biases) =>
    [
        .. Network.Zip(Keras).SelectMany((pair, i) =>
        {
            var (layer, name) = pair;
            var values = (float[])layer.Weights.Clone();
            for (var (at, row) = (0, layer.Outputs); i == 0 && at < values.Length; at += 3 * row)
            {
                layer.Weights.AsSpan(at, row).CopyTo(values.AsSpan(at + (2 * row)));
                layer.Weights.AsSpan(at + (2 * row), row).CopyTo(values.AsSpan(at));
            }

            long[] shape = layer.Name.StartsWith("fc", StringComparison.Ordinal)
                ? [layer.Kernel * layer.Kernel * layer.Inputs, layer.Outputs]
                : [layer.Kernel, layer.Kernel, layer.Inputs, layer.Outputs];
            return new[]
            {
                TensorSources.Float32(weights.Replace("{0}", name, StringComparison.Ordinal), values, shape),
                TensorSources.Float32(biases.Replace("{0}", name, StringComparison.Ordinal), layer.Biases),
            };
        }),
    ];

    private static float[] ToOihw(Layer layer)
    {
        var values = new float[layer.Weights.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var (position, input, output) = (i / layer.Outputs / layer.Inputs, i / layer.Outputs % layer.Inputs, i % layer.Outputs);
            values[(((output * layer.Inputs) + input) * layer.Kernel * layer.Kernel) + position] = layer.Weights[i];
        }

        return values;
    }

    private static float[] Round(float[] values, ElementType type) => Array.ConvertAll(values, v => type switch
    {
        ElementType.Float16 => (float)(Half)v,
        ElementType.BFloat16 => BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(v) & unchecked((int)0xffff0000)),
        _ => v,
    });

    private static TensorSource Encode(TensorSource float32, float[] values, ElementType type)
    {
        var size = type == ElementType.Float64 ? sizeof(double) : sizeof(ushort);
        var bytes = new byte[values.Length * size];
        for (var i = 0; i < values.Length; i++)
        {
            var destination = bytes.AsSpan(i * size);
            switch (type)
            {
                case ElementType.Float16:
                    BinaryPrimitives.WriteHalfLittleEndian(destination, (Half)values[i]);
                    break;
                case ElementType.BFloat16:
                    BinaryPrimitives.WriteUInt16LittleEndian(destination, (ushort)(BitConverter.SingleToUInt32Bits(values[i]) >> 16));
                    break;
                default:
                    BinaryPrimitives.WriteDoubleLittleEndian(destination, values[i]);
                    break;
            }
        }

        return float32 with
        {
            Type = type,
            Bytes = bytes.Length,
            Fill = (offset, destination) => bytes.AsSpan((int)offset, destination.Length).CopyTo(destination.Span),
        };
    }

    /// <summary>A layer in TF-Slim's order: height, width, inputs, outputs.</summary>
    private sealed record Layer(string Name, int Kernel, int Inputs, int Outputs, float[] Weights, float[] Biases);
}
