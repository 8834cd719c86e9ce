namespace Gpu.Loader.Networks;

/// <summary>Order in which a source stores its filters' values.</summary>
public enum WeightsOrder
{
    /// <summary>Height, width, inputs, outputs: TensorFlow and Keras. A fully connected layer may be a matrix [inputs, outputs].</summary>
    Hwio,

    /// <summary>Outputs, inputs, height, width: PyTorch. A fully connected layer may be a matrix [outputs, inputs].</summary>
    Oihw,
}

/// <summary>Order of the input's colours that a source's first layer expects.</summary>
public enum ChannelOrder
{
    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Blue, green, red, as Caffe has them.</summary>
    Bgr,
}

/// <summary>Names of a batch normalization's tensors behind a convolution, and its epsilon.</summary>
/// <param name="Scale">Factors, gamma.</param>
/// <param name="Shift">Summands, beta.</param>
/// <param name="Mean">Running means.</param>
/// <param name="Variance">Running variances.</param>
/// <param name="Epsilon">Added to the variances.</param>
public sealed record BatchNormalizationNames(string Scale, string Shift, string Mean, string Variance, float Epsilon);

/// <summary>
/// How one source of VGG weights names and arranges them, and what input they were trained on. Names are patterns:
/// <c>{scope}</c> is the architecture's scope, <c>{group}</c> and <c>{unit}</c> count groups and the convolutions in them from 1,
/// <c>{module}</c> counts the modules of PyTorch's <c>features</c> from 0, <c>{layer}</c> is the layer's name by the pattern.
/// </summary>
public sealed record WeightsProfile
{
    /// <summary>A short name, for tables.</summary>
    public required string Name { get; init; }

    /// <summary>Pattern of a convolution's name.</summary>
    public required string Convolution { get; init; }

    /// <summary>Names of the three fully connected layers.</summary>
    public required IReadOnlyList<string> FullyConnected { get; init; }

    /// <summary>Pattern of the weights' name.</summary>
    public required string Weights { get; init; }

    /// <summary>Pattern of the biases' name.</summary>
    public required string Biases { get; init; }

    /// <summary>Patterns of the batch normalization behind each convolution, if the network has it; <c>{module}</c> is its own.</summary>
    public BatchNormalizationNames? BatchNormalization { get; init; }

    /// <summary>Order of the filters' values.</summary>
    public WeightsOrder Order { get; init; }

    /// <summary>Order of the colours.</summary>
    public ChannelOrder Channels { get; init; }

    /// <summary>What the input is.</summary>
    public required PixelNormalization Normalization { get; init; }

    /// <summary>TF-Slim (nets/vgg.py).</summary>
    public static WeightsProfile Slim { get; } = new()
    {
        Name = "TF-Slim",
        Convolution = "{scope}/conv{group}/conv{group}_{unit}",
        FullyConnected = ["{scope}/fc6", "{scope}/fc7", "{scope}/fc8"],
        Weights = "{layer}/weights",
        Biases = "{layer}/biases",
        Normalization = PixelNormalization.Slim,
    };

    /// <summary>torchvision (models/vgg.py).</summary>
    public static WeightsProfile Torchvision { get; } = new()
    {
        Name = "torchvision",
        Convolution = "features.{module}",
        FullyConnected = ["classifier.0", "classifier.3", "classifier.6"],
        Weights = "{layer}.weight",
        Biases = "{layer}.bias",
        Order = WeightsOrder.Oihw,
        Normalization = PixelNormalization.Torchvision,
    };

    /// <summary>torchvision's networks with batch normalization.</summary>
    public static WeightsProfile TorchvisionBatchNormalization { get; } = Torchvision with
    {
        Name = "torchvision, batch normalization",
        BatchNormalization = new BatchNormalizationNames(
            "features.{module}.weight", "features.{module}.bias", "features.{module}.running_mean", "features.{module}.running_var", 1e-5f),
    };

    /// <summary>timm (models/vgg.py), whose fully connected layers are convolutions.</summary>
    public static WeightsProfile Timm { get; } = Torchvision with
    {
        Name = "timm",
        FullyConnected = ["pre_logits.fc1", "pre_logits.fc2", "head.fc"],
    };

    /// <summary>timm's networks with batch normalization.</summary>
    public static WeightsProfile TimmBatchNormalization { get; } = TorchvisionBatchNormalization with
    {
        Name = "timm, batch normalization",
        FullyConnected = Timm.FullyConnected,
    };

    /// <summary>Keras's files of 2016, <c>vgg16_weights_tf_dim_ordering_tf_kernels.h5</c>, converted from Caffe.</summary>
    public static WeightsProfile Keras { get; } = new()
    {
        Name = "Keras",
        Convolution = "block{group}_conv{unit}",
        FullyConnected = ["fc1", "fc2", "predictions"],
        Weights = "{layer}/{layer}_W_1:0",
        Biases = "{layer}/{layer}_b_1:0",
        Channels = ChannelOrder.Bgr,
        Normalization = PixelNormalization.Caffe,
    };

    /// <summary>Weights that Keras 2 saved.</summary>
    public static WeightsProfile Keras2 { get; } = Keras with
    {
        Name = "Keras 2",
        Weights = "{layer}/{layer}/kernel:0",
        Biases = "{layer}/{layer}/bias:0",
    };

    /// <summary>Whole models that Keras 2 saved.</summary>
    public static WeightsProfile Keras2Model { get; } = Keras with
    {
        Name = "Keras 2 model",
        Weights = "model_weights/{layer}/{layer}/kernel:0",
        Biases = "model_weights/{layer}/{layer}/bias:0",
    };

    /// <summary>Every source, the preferred first.</summary>
    public static IReadOnlyList<WeightsProfile> All { get; } =
        [Slim, Torchvision, TorchvisionBatchNormalization, Timm, TimmBatchNormalization, Keras, Keras2, Keras2Model];

    /// <summary>The names of a network's parameters, layer by layer without the pools.</summary>
    public IReadOnlyList<ParameterNames> NamesOf(VggArchitecture architecture)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        var names = new List<ParameterNames>();
        var (group, unit, module, dense) = (1, 0, 0, 0);
        foreach (var layer in architecture.Layers)
        {
            switch (layer.Kind)
            {
                case VggLayerKind.MaxPool:
                    (group, unit, module) = (group + 1, 0, module + 1);
                    break;
                case VggLayerKind.Convolution:
                    unit++;
                    var normalization = BatchNormalization is null ? null : OfModule(BatchNormalization, module + 1);
                    names.Add(NamesOf(layer, Fill(Convolution), normalization));

                    // Convolution, perhaps batch normalization, ReLU.
                    module += BatchNormalization is null ? 2 : 3;
                    break;
                default:
                    names.Add(NamesOf(layer, Fill(FullyConnected[dense++]), null));
                    break;
            }
        }

        return names;

        string Fill(string pattern) => pattern
            .Replace("{scope}", architecture.Scope, StringComparison.Ordinal)
            .Replace("{group}", $"{group}", StringComparison.Ordinal)
            .Replace("{unit}", $"{unit}", StringComparison.Ordinal)
            .Replace("{module}", $"{module}", StringComparison.Ordinal);
    }

    private static BatchNormalizationNames OfModule(BatchNormalizationNames names, int module)
    {
        return new BatchNormalizationNames(Fill(names.Scale), Fill(names.Shift), Fill(names.Mean), Fill(names.Variance), names.Epsilon);

        string Fill(string pattern) => pattern.Replace("{module}", $"{module}", StringComparison.Ordinal);
    }

    private ParameterNames NamesOf(VggLayer layer, string name, BatchNormalizationNames? normalization) => new(
        layer,
        Weights.Replace("{layer}", name, StringComparison.Ordinal),
        Biases.Replace("{layer}", name, StringComparison.Ordinal),
        normalization);
}

/// <summary>Names of a layer's parameters in a file.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Weights">Its weights.</param>
/// <param name="Biases">Its biases.</param>
/// <param name="BatchNormalization">The batch normalization behind it, or null.</param>
public sealed record ParameterNames(VggLayer Layer, string Weights, string Biases, BatchNormalizationNames? BatchNormalization);
