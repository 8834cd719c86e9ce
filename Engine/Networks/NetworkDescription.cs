using Gpu.Engine.Plans;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Networks;

namespace Gpu.Engine.Networks;

/// <summary>A layer of a network for one input.</summary>
/// <param name="Name">Name in the table of layers: <c>conv3/conv3_2</c>, <c>pool3</c>, <c>fc6</c>.</param>
/// <param name="Kind">What it is.</param>
/// <param name="KernelSize">Side of its kernel or window.</param>
/// <param name="Output">Shape of its output, NHWC.</param>
/// <param name="Parameters">Weights and biases.</param>
/// <param name="Flops">Floating-point operations, 2 per multiply-add, of the direct algorithm.</param>
/// <param name="ActivationBytes">Bytes of its output as float32.</param>
/// <param name="Algorithm">The algorithm that the device takes for it; of a pool that is computed with the layer before it, that layer's.</param>
public sealed record LayerDescription(
    string Name, VggLayerKind Kind, int KernelSize, Shape Output, long Parameters, long Flops, long ActivationBytes, string Algorithm);

/// <summary>
/// What a network is and what it takes to run it on a device, told from the index of a checkpoint: no weight is read, so no
/// damage to one is noticed.
/// </summary>
public sealed record NetworkDescription
{
    private NetworkDescription(VggNetwork network, Shape input, IReadOnlyList<LayerDescription> layers)
    {
        (Network, Source, Classes) = (network.Architecture.DisplayName, network.Profile.Name, network.Classes);
        (Input, Layers) = (input, layers);
    }

    /// <summary>The network's name: <c>VGG-11</c>, <c>VGG-16</c> or <c>VGG-19</c>.</summary>
    public string Network { get; }

    /// <summary>Where the weights are from, by the names of their tensors: <c>TF-Slim</c>, <c>torchvision</c>, <c>Keras</c>, ...</summary>
    public string Source { get; }

    /// <summary>Classes of the last layer.</summary>
    public int Classes { get; }

    /// <summary>Shape of the input, NHWC.</summary>
    public Shape Input { get; }

    /// <summary>Layers in order, pools included.</summary>
    public IReadOnlyList<LayerDescription> Layers { get; }

    /// <summary>Weights and biases of all layers.</summary>
    public long Parameters => Layers.Sum(l => l.Parameters);

    /// <summary>Floating-point operations of all layers.</summary>
    public long Flops => Layers.Sum(l => l.Flops);

    /// <summary>Bytes that the prepared parameters are expected to take on the device, as <see cref="VggModel.ParameterBytes"/> counts them.</summary>
    public required long ParameterBytes { get; init; }

    /// <summary>Bytes of weights that the device would use where the checkpoint's file is mapped.</summary>
    public required long ParameterBytesInPlace { get; init; }

    /// <summary>Bytes that the activations are expected to take: the input and two buffers used in turn, as the device lays tensors out.</summary>
    public required long ActivationBytes { get; init; }

    /// <summary>Bytes on the device at the peak of a run: parameters that are not in place, activations and the input.</summary>
    public long PeakBytes => ParameterBytes + ActivationBytes + (sizeof(float) * Input.Elements);

    /// <summary>Describes the network that a checkpoint holds.</summary>
    /// <param name="checkpoint">The checkpoint; only its index is used.</param>
    /// <param name="device">Where the network would run.</param>
    /// <param name="input">Batch, height and width of the input, at least 224x224, and 3 channels.</param>
    /// <param name="precision">Arithmetic.</param>
    /// <exception cref="NetworkException">The checkpoint holds no VGG network.</exception>
    /// <exception cref="DeviceException">The device has no algorithm for a layer.</exception>
    /// <exception cref="ArgumentException">The input is too small, or has other channels than the network.</exception>
    public static NetworkDescription Read(Checkpoint checkpoint, Device device, Shape input, Precision precision = Precision.Float32)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(device);
        var network = VggNetwork.Match(checkpoint);
        var choice = new AlgorithmChoice(device, new VggOptions { Precision = precision });
        var layers = new List<LayerDescription>();
        var tensors = new List<ActivationNeed>();
        var (held, inPlace) = (0L, 0L);
        var steps = PlannedStep.For(network, choice, input, Padding.Valid);
        foreach (var step in steps)
        {
            if (step.Convolution is not var (algorithm, specification))
            {
                tensors.Add(new ActivationNeed(step.Input, Halo: 0));
                layers.Add(DescribePool(step.Layer, step.Input, "max-pool"));
                continue;
            }

            var (filter, isPinnable) = (specification.Filter, step.Layer.Weights!.IsInPlace);
            var bytes = algorithm.EstimatedFilterBytes(filter, isPinnable);
            held += bytes;
            inPlace += isPinnable ? algorithm.EstimatedFilterBytes(filter, isPinnable: false) - bytes : 0;
            tensors.Add(new ActivationNeed(step.Input, specification.PadTop, specification.InputPrecision));
            var unpooled = specification with { Pooled = false };
            layers.Add(new LayerDescription(
                step.Layer.Row.Name, step.Layer.Row.Kind, step.Layer.Row.KernelSize, unpooled.Output, filter.Elements + filter.OutputChannels, unpooled.Cost.Flops,
                sizeof(float) * unpooled.Output.Elements, algorithm.Name));
            if (step.Pool is not null)
            {
                layers.Add(DescribePool(step.Pool, unpooled.Output, algorithm.Name));
            }
        }

        // Logits and probabilities.
        var logits = new ActivationNeed(steps[^1].Output, Halo: 0);
        tensors.AddRange([logits, logits]);
        return new NetworkDescription(network, input, layers)
        {
            ParameterBytes = held,
            ParameterBytesInPlace = inPlace,
            ActivationBytes = Plan.BufferBytes(device, tensors).Sum(),
        };
    }

    private static LayerDescription DescribePool(NetworkLayer layer, Shape input, string algorithm)
    {
        var output = MaxPool.Output(input);
        return new LayerDescription(
            layer.Row.Name, layer.Row.Kind, layer.Row.KernelSize, output, 0, MaxPool.Cost(input).Flops, sizeof(float) * output.Elements, algorithm);
    }
}
