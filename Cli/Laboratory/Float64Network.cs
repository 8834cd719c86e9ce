using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Networks;

namespace Gpu.Cli.Laboratory;

/// <summary>A VGG network in float64, from its table of layers and a checkpoint's weights: the truth that measured runs are compared with.</summary>
/// <param name="checkpoint">Holds a complete VGG network.</param>
internal sealed class Float64Network(Checkpoint checkpoint)
{
    /// <summary>Half the range of a network's input, whose pixels are 0..255 less their mean.</summary>
    private const float InputRange = 120f;

    private const int Seed = 2;

    private readonly VggWeights weights = VggWeights.Match(checkpoint)!;

    /// <summary>Logits of random inputs that were computed before, by height, width and number of the image.</summary>
    private readonly Dictionary<(int Height, int Width, int Image), double[]> known = [];

    /// <summary>Classes of the last layer.</summary>
    public int Classes => weights.Layers[^1].OutputChannels;

    /// <summary>A random image of a batch; its number and size decide it.</summary>
    public static void FillImage(int image, Span<float> values)
    {
        var random = new Random(Seed + image);
        foreach (ref var value in values)
        {
            value = ((random.NextSingle() * 2) - 1) * InputRange;
        }
    }

    /// <summary>The logits, rows x columns x classes, of such an image; computed once.</summary>
    /// <param name="image">Its number.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="cancellationToken">Looked at every few milliseconds.</param>
    public double[] Logits(int image, int height, int width, CancellationToken cancellationToken)
    {
        if (!known.TryGetValue((height, width, image), out var logits))
        {
            var shape = new Shape(1, height, width, VggArchitecture.InputChannels);
            var values = new float[shape.Elements];
            FillImage(image, values);
            known.Add((height, width, image), logits = Compute(shape, values, cancellationToken));
        }

        return logits;
    }

    /// <summary>The logits, NHWC, of a batch, with VALID padding of the first fully connected layer.</summary>
    public double[] Compute(Shape input, ReadOnlySpan<float> values, CancellationToken cancellationToken)
    {
        var (shape, activations) = (input, new double[values.Length]);
        for (var i = 0; i < values.Length; i++)
        {
            activations[i] = values[i];
        }

        foreach (var layer in weights.Architecture.Layers)
        {
            if (weights.Layers.SingleOrDefault(l => l.Layer == layer) is not { } parameters)
            {
                activations = Float64Operations.MaxPool(shape, activations);
                shape = MaxPool.Output(shape);
                continue;
            }

            var filter = new FilterShape(layer.KernelSize, layer.KernelSize, parameters.InputChannels, parameters.OutputChannels);
            var padding = layer.Kind == VggLayerKind.Convolution ? Padding.Same : Padding.Valid;
            var specification = new ConvolutionSpecification(shape, filter, padding, layer.Relu);
            activations = Float64Operations.Convolution(
                specification,
                activations,
                (first, outputs, destination) => parameters.Read(0, parameters.InputChannels, first, outputs, destination),
                parameters.ReadBiases(),
                cancellationToken);
            shape = specification.Output;
        }

        return activations;
    }
}
