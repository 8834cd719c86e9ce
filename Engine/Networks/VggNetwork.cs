using Gpu.Kernels.Operations;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Networks;

namespace Gpu.Engine.Networks;

/// <summary>A layer of a network with its parameters in the checkpoint; a pool has none.</summary>
/// <param name="Row">Its row in the table of layers.</param>
/// <param name="Filter">Shape of the weights, or null for a pool.</param>
/// <param name="Weights">Weights and biases, or null for a pool.</param>
internal sealed record NetworkLayer(VggLayer Row, FilterShape? Filter, LayerWeights? Weights);

/// <summary>A VGG network as a checkpoint holds it.</summary>
internal sealed class VggNetwork
{
    private VggNetwork(VggWeights weights)
    {
        Profile = weights.Profile;
        Architecture = weights.Architecture;
        Layers = [.. weights.Architecture.Layers.Select(row => weights.Layers.SingleOrDefault(l => l.Layer == row) is { } layer
            ? new NetworkLayer(row, new FilterShape(row.KernelSize, row.KernelSize, layer.InputChannels, layer.OutputChannels), layer)
            : new NetworkLayer(row, null, null))];
    }

    /// <summary>Which source the parameters are from.</summary>
    public WeightsProfile Profile { get; }

    /// <summary>Which of the VGG networks.</summary>
    public VggArchitecture Architecture { get; }

    /// <summary>Layers in order, pools included.</summary>
    public IReadOnlyList<NetworkLayer> Layers { get; }

    /// <summary>Classes of the last layer.</summary>
    public int Classes => Layers[^1].Filter!.Value.OutputChannels;

    /// <summary>Weights and biases.</summary>
    public long Parameters => Layers.Sum(l => l.Filter is { } filter ? filter.Elements + filter.OutputChannels : 0);

    /// <summary>
    /// The dense map under a padding of fc6. With VALID, cell i sees the window of fc6's kernel k from pixel stride * i and
    /// labels its central cell, stride * (k - 1) / 2 further; with SAME it labels its own cell.
    /// </summary>
    public DenseGeometry DenseGeometry(Padding padding)
    {
        var (stride, context) = (1, 0);
        foreach (var layer in Layers.TakeWhile(l => l.Row.Kind != VggLayerKind.FullyConnected))
        {
            (stride, context) = layer.Filter is { } filter
                ? (stride, context + (stride * (filter.KernelHeight / 2)))
                : (stride * MaxPool.Size, context);
        }

        var kernel = Layers.First(l => l.Row.Kind == VggLayerKind.FullyConnected).Row.KernelSize;
        var reach = stride * (kernel - 1) / 2;
        return padding == Padding.Valid
            ? new DenseGeometry(stride, reach, stride * kernel, context + reach)
            : new DenseGeometry(stride, 0, stride, context + reach);
    }

    /// <summary>Finds the network whose parameters the checkpoint holds, from whatever source. Further tensors do not matter.</summary>
    /// <exception cref="NetworkException">No network fits; the message lists every missing or wrong tensor of the closest one.</exception>
    public static VggNetwork Match(Checkpoint checkpoint)
    {
        var weights = VggWeights.Match(checkpoint)
            ?? throw new NetworkException(
                $"'{checkpoint.Path}' holds no VGG network: none of its {checkpoint.Tensors.Count} tensors{Examples(checkpoint)} has the name of a VGG parameter "
                + $"of {string.Join(", ", WeightsProfile.All.Select(p => p.Name))}, such as '{WeightsProfile.Slim.NamesOf(VggArchitecture.Vgg16)[0].Weights}'.");
        return weights.Problems.Count == 0
            ? new VggNetwork(weights)
            : throw new NetworkException(
                $"'{checkpoint.Path}' is not a usable {weights.Architecture.DisplayName} checkpoint of {weights.Profile.Name}: {string.Join("; ", weights.Problems)}.");
    }

    private static string Examples(Checkpoint checkpoint) => checkpoint.Tensors.Count == 0
        ? string.Empty
        : $" ({string.Join(", ", checkpoint.Tensors.Take(3).Select(t => $"'{t.Name}'"))}{(checkpoint.Tensors.Count > 3 ? ", ..." : string.Empty)})";
}
