namespace Gpu.Loader.Networks;

/// <summary>What a row of the table of layers is.</summary>
public enum VggLayerKind
{
    /// <summary>3x3 convolution, SAME padding, bias, ReLU.</summary>
    Convolution,

    /// <summary>2x2 max pool, stride 2, VALID; has no variables.</summary>
    MaxPool,

    /// <summary>Fully connected layer as a convolution with bias; ReLU except for the last.</summary>
    FullyConnected,
}

/// <summary>A row of the table of layers.</summary>
/// <param name="Name">Name within the network's scope, such as <c>conv3/conv3_2</c>, <c>pool3</c> or <c>fc6</c>.</param>
/// <param name="Kind">What it is.</param>
/// <param name="KernelSize">Side of the square kernel or window.</param>
/// <param name="OutputChannels">Channels at full width and 1000 classes; a pool keeps its input's.</param>
/// <param name="Relu">Whether ReLU follows.</param>
public sealed record VggLayer(string Name, VggLayerKind Kind, int KernelSize, int OutputChannels, bool Relu);

/// <summary>
/// TF-Slim's VGG networks (nets/vgg.py; Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
/// Recognition", 2014, table 1, configurations A, D and E) as tables of layers, with the names of their variables.
/// </summary>
public sealed class VggArchitecture
{
    /// <summary>Channels of the input: red, green, blue.</summary>
    public const int InputChannels = 3;

    /// <summary>Classes of the networks as published.</summary>
    public const int ImageNetClasses = 1000;

    private const int FullyConnectedChannels = 4096;

    private static readonly int[] GroupChannels = [64, 128, 256, 512, 512];

    private VggArchitecture(string scope, string displayName, params ReadOnlySpan<int> convolutionsPerGroup)
    {
        Scope = scope;
        DisplayName = displayName;
        var layers = new List<VggLayer>();
        for (var group = 1; group <= convolutionsPerGroup.Length; group++)
        {
            var channels = GroupChannels[group - 1];
            for (var i = 1; i <= convolutionsPerGroup[group - 1]; i++)
            {
                layers.Add(new VggLayer($"conv{group}/conv{group}_{i}", VggLayerKind.Convolution, 3, channels, Relu: true));
            }

            layers.Add(new VggLayer($"pool{group}", VggLayerKind.MaxPool, 2, channels, Relu: false));
        }

        layers.Add(new VggLayer("fc6", VggLayerKind.FullyConnected, 7, FullyConnectedChannels, Relu: true));
        layers.Add(new VggLayer("fc7", VggLayerKind.FullyConnected, 1, FullyConnectedChannels, Relu: true));
        layers.Add(new VggLayer("fc8", VggLayerKind.FullyConnected, 1, ImageNetClasses, Relu: false));
        Layers = layers;
    }

    /// <summary>VGG-11: 1, 1, 2, 2, 2 convolutions.</summary>
    public static VggArchitecture Vgg11 { get; } = new("vgg_a", "VGG-11", 1, 1, 2, 2, 2);

    /// <summary>VGG-16: 2, 2, 3, 3, 3 convolutions.</summary>
    public static VggArchitecture Vgg16 { get; } = new("vgg_16", "VGG-16", 2, 2, 3, 3, 3);

    /// <summary>VGG-19: 2, 2, 4, 4, 4 convolutions.</summary>
    public static VggArchitecture Vgg19 { get; } = new("vgg_19", "VGG-19", 2, 2, 4, 4, 4);

    /// <summary>All of them, the smallest first.</summary>
    public static IReadOnlyList<VggArchitecture> All { get; } = [Vgg11, Vgg16, Vgg19];

    /// <summary>The variable scope that precedes every variable's name: <c>vgg_a</c>, <c>vgg_16</c>, <c>vgg_19</c>.</summary>
    public string Scope { get; }

    /// <summary>The usual name: <c>VGG-16</c>.</summary>
    public string DisplayName { get; }

    /// <summary>The layers in order, pools included.</summary>
    public IReadOnlyList<VggLayer> Layers { get; }

    /// <summary>Name of a layer's weights, HWIO.</summary>
    public string WeightsName(VggLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return $"{Scope}/{layer.Name}/weights";
    }

    /// <summary>Name of a layer's biases.</summary>
    public string BiasesName(VggLayer layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        return $"{Scope}/{layer.Name}/biases";
    }
}
