using Gpu.Kernels.Operations;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Networks;

namespace Gpu.Engine.Networks;

/// <summary>A layer of a network with its parameters in the checkpoint; a pool has none.</summary>
/// <param name="Row">Its row in the table of layers.</param>
/// <param name="Filter">Shape of the weights, or null for a pool.</param>
/// <param name="Weights">Weights, HWIO, or null for a pool.</param>
/// <param name="Biases">Biases, one per output channel, or null for a pool.</param>
internal sealed record NetworkLayer(VggLayer Row, FilterShape? Filter, TensorEntry? Weights, TensorEntry? Biases);

/// <summary>
/// A VGG network as a checkpoint holds it. Names and kernel sizes come from the table of layers, channel widths and the
/// number of classes from the tensors, so thin and fine-tuned networks run too.
/// </summary>
internal sealed class VggNetwork
{
    private VggNetwork(VggArchitecture architecture, IReadOnlyList<NetworkLayer> layers)
    {
        Architecture = architecture;
        Layers = layers;
    }

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
        var stride = Layers.Where(l => l.Filter is null).Aggregate(1, (product, _) => product * MaxPool.Size);
        var kernel = Layers.First(l => l.Row.Kind == VggLayerKind.FullyConnected).Row.KernelSize;
        return padding == Padding.Valid
            ? new DenseGeometry(stride, stride * (kernel - 1) / 2, stride * kernel)
            : new DenseGeometry(stride, 0, stride);
    }

    /// <summary>Finds the network whose variables the checkpoint holds. Further variables do not matter.</summary>
    /// <exception cref="NetworkException">No network fits; the message lists every missing or wrong tensor of the closest one.</exception>
    public static VggNetwork Match(Checkpoint checkpoint)
    {
        var architecture = VggArchitecture.All.MaxBy(a => CountVariables(a, checkpoint))!;
        if (CountVariables(architecture, checkpoint) == 0)
        {
            throw new NetworkException(
                $"'{checkpoint.Path}' holds no VGG network: none of its {checkpoint.Tensors.Count} tensors"
                + $"{Examples(checkpoint)} has the name of a TF-Slim VGG variable such as '{VggArchitecture.Vgg16.WeightsName(VggArchitecture.Vgg16.Layers[0])}'.");
        }

        var problems = new List<string>();
        var layers = new List<NetworkLayer>();
        var channels = VggArchitecture.InputChannels;
        foreach (var row in architecture.Layers)
        {
            layers.Add(MatchLayer(checkpoint, architecture, row, ref channels, problems));
        }

        return problems.Count == 0
            ? new VggNetwork(architecture, layers)
            : throw new NetworkException(
                $"'{checkpoint.Path}' is not a usable {architecture.DisplayName} checkpoint: {string.Join("; ", problems)}.");
    }

    private static int CountVariables(VggArchitecture architecture, Checkpoint checkpoint) =>
        architecture.Layers.Count(row => row.Kind != VggLayerKind.MaxPool && checkpoint.TryFind(architecture.WeightsName(row), out _));

    private static string Examples(Checkpoint checkpoint) => checkpoint.Tensors.Count == 0
        ? string.Empty
        : $" ({string.Join(", ", checkpoint.Tensors.Take(3).Select(t => $"'{t.Name}'"))}{(checkpoint.Tensors.Count > 3 ? ", ..." : string.Empty)})";

    /// <summary>Checks one layer; after a mismatch <paramref name="channels"/> is 0, "not known", so that one fault is not reported twice.</summary>
    private static NetworkLayer MatchLayer(
        Checkpoint checkpoint, VggArchitecture architecture, VggLayer row, ref int channels, List<string> problems)
    {
        if (row.Kind == VggLayerKind.MaxPool)
        {
            return new NetworkLayer(row, null, null, null);
        }

        var weights = Find(checkpoint, architecture.WeightsName(row), problems);
        var biases = Find(checkpoint, architecture.BiasesName(row), problems);
        var kernel = row.KernelSize;
        FilterShape? filter = null;
        if (weights is not null)
        {
            var shape = weights.Shape;
            if (shape.Count == 4 && shape[0] == kernel && shape[1] == kernel && shape[2] is > 0 and <= int.MaxValue
                && shape[3] is > 0 and <= int.MaxValue && (channels == 0 || shape[2] == channels)
                && (decimal)shape[0] * shape[1] * shape[2] * shape[3] <= int.MaxValue)
            {
                filter = new FilterShape(kernel, kernel, (int)shape[2], (int)shape[3]);
            }
            else
            {
                var expected = channels == 0 ? "in" : channels.ToString();
                problems.Add($"'{weights.Name}' has shape {Format(shape)}, expected [{kernel}, {kernel}, {expected}, out]");
            }
        }

        if (filter is { } found && biases is not null && (biases.Shape.Count != 1 || biases.Shape[0] != found.OutputChannels))
        {
            problems.Add($"'{biases.Name}' has shape {Format(biases.Shape)}, expected [{found.OutputChannels}]");
        }

        channels = filter?.OutputChannels ?? 0;
        return new NetworkLayer(row, filter, weights, biases);
    }

    private static TensorEntry? Find(Checkpoint checkpoint, string name, List<string> problems)
    {
        if (!checkpoint.TryFind(name, out var entry))
        {
            problems.Add($"'{name}' is missing");
            return null;
        }

        if (entry.Type != ElementType.Float32)
        {
            problems.Add($"'{name}' is {entry.Type}, expected {ElementType.Float32}");
            return null;
        }

        return entry;
    }

    private static string Format(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
