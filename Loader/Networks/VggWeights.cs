using System.Globalization;
using Gpu.Loader.Checkpoints;

namespace Gpu.Loader.Networks;

/// <summary>
/// The VGG network that a checkpoint holds, whatever source it is from. Names and kernel sizes come from the profile and the
/// table of layers, channel widths and the number of classes from the tensors, so thin and fine-tuned networks fit too.
/// </summary>
public sealed class VggWeights
{
    private VggWeights(WeightsProfile profile, VggArchitecture architecture, IReadOnlyList<LayerWeights> layers, IReadOnlyList<string> problems)
    {
        Profile = profile;
        Architecture = architecture;
        Layers = layers;
        Problems = problems;
    }

    /// <summary>The source that names and arranges tensors so.</summary>
    public WeightsProfile Profile { get; }

    /// <summary>Which of the VGG networks.</summary>
    public VggArchitecture Architecture { get; }

    /// <summary>Parameters of the layers in order, without the pools; complete if there are no <see cref="Problems"/>.</summary>
    public IReadOnlyList<LayerWeights> Layers { get; }

    /// <summary>Every missing or wrong tensor.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>Finds the network that is closest to a checkpoint's tensors; further tensors do not matter. Null if none has a name of any.</summary>
    public static VggWeights? Match(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var best = WeightsProfile.All.SelectMany(p => VggArchitecture.All.Select(a => (Profile: p, Architecture: a, Found: CountFound(p, a, checkpoint))))
            .Where(m => m.Found > 0)
            .OrderByDescending(m => (2 * m.Found) - CountNames(m.Profile, m.Architecture))
            .FirstOrDefault();
        return best.Found == 0 ? null : Match(checkpoint, best.Profile, best.Architecture);
    }

    private static int CountNames(WeightsProfile profile, VggArchitecture architecture) =>
        profile.NamesOf(architecture).Count * (profile.BatchNormalization is null ? 1 : 2);

    private static int CountFound(WeightsProfile profile, VggArchitecture architecture, Checkpoint checkpoint) =>
        profile.NamesOf(architecture).Sum(n => (checkpoint.TryFind(n.Weights, out _) ? 1 : 0)
            + (n.BatchNormalization is { } normalization && checkpoint.TryFind(normalization.Mean, out _) ? 1 : 0));

    private static VggWeights Match(Checkpoint checkpoint, WeightsProfile profile, VggArchitecture architecture)
    {
        var problems = new List<string>();
        var layers = new List<LayerWeights>();

        // After a mismatch the channels are 0, "not known", so that one fault is not reported twice.
        var channels = VggArchitecture.InputChannels;
        foreach (var names in profile.NamesOf(architecture))
        {
            var layer = MatchLayer(checkpoint, profile, names, channels, isFirst: layers.Count == 0 && problems.Count == 0, problems);
            channels = layer?.OutputChannels ?? 0;
            if (layer is not null)
            {
                layers.Add(layer);
            }
        }

        return new VggWeights(profile, architecture, layers, problems);
    }

    private static LayerWeights? MatchLayer(
        Checkpoint checkpoint, WeightsProfile profile, ParameterNames names, int channels, bool isFirst, List<string> problems)
    {
        var weights = Find(checkpoint, names.Weights, problems);
        var biases = Find(checkpoint, names.Biases, problems);
        var normalization = names.BatchNormalization is { } n
            ? (Scale: Find(checkpoint, n.Scale, problems), Shift: Find(checkpoint, n.Shift, problems), Mean: Find(checkpoint, n.Mean, problems), Variance: Find(checkpoint, n.Variance, problems))
            : default;
        if (weights is null)
        {
            return null;
        }

        if (!TryReadShape(weights.Shape, profile.Order, names.Layer, channels, out var inputs, out var outputs))
        {
            problems.Add($"'{weights.Name}' has shape {Format(weights.Shape)}, expected {Expected(profile.Order, names.Layer, channels)}");
            return null;
        }

        var vectors = new[] { biases, normalization.Scale, normalization.Shift, normalization.Mean, normalization.Variance };
        foreach (var vector in vectors.OfType<TensorEntry>().Where(v => v.Shape.Count != 1 || v.Shape[0] != outputs))
        {
            problems.Add($"'{vector.Name}' has shape {Format(vector.Shape)}, expected [{outputs}]");
        }

        var folded = normalization is { Scale: { } scale, Shift: { } shift, Mean: { } mean, Variance: { } variance }
            ? new LayerWeights.Normalization(scale, shift, mean, variance, names.BatchNormalization!.Epsilon)
            : null;
        return new LayerWeights(
            checkpoint, names.Layer, inputs, outputs, weights, biases ?? weights, folded, profile.Order, isFirst && profile.Channels == ChannelOrder.Bgr);
    }

    /// <summary>Reads [h, w, in, out] or [out, in, h, w], and of a fully connected layer also the matrices that flatten them.</summary>
    private static bool TryReadShape(IReadOnlyList<long> shape, WeightsOrder order, VggLayer layer, int channels, out int inputs, out int outputs)
    {
        (inputs, outputs) = (0, 0);
        long kernel = layer.KernelSize;
        if (shape.Count == 0)
        {
            return false;
        }

        var output = order == WeightsOrder.Hwio ? shape[^1] : shape[0];
        long[] rest = [.. order == WeightsOrder.Hwio ? shape.SkipLast(1) : shape.Skip(1)];
        long? input = (rest.Length, order) switch
        {
            (3, WeightsOrder.Hwio) when rest[0] == kernel && rest[1] == kernel => rest[2],
            (3, WeightsOrder.Oihw) when rest[1] == kernel && rest[2] == kernel => rest[0],
            (1, _) when layer.Kind == VggLayerKind.FullyConnected && rest[0] % (kernel * kernel) == 0 => rest[0] / (kernel * kernel),
            _ => null,
        };
        if (input is not (> 0 and <= int.MaxValue) || output is not (> 0 and <= int.MaxValue) || (channels != 0 && input != channels)
            || (decimal)kernel * kernel * input.Value * output > int.MaxValue)
        {
            return false;
        }

        (inputs, outputs) = ((int)input.Value, (int)output);
        return true;
    }

    private static string Expected(WeightsOrder order, VggLayer layer, int channels)
    {
        var kernel = layer.KernelSize;
        var input = channels == 0 ? "in" : channels.ToString(CultureInfo.InvariantCulture);
        return order == WeightsOrder.Hwio ? $"[{kernel}, {kernel}, {input}, out]" : $"[out, {input}, {kernel}, {kernel}]";
    }

    private static TensorEntry? Find(Checkpoint checkpoint, string name, List<string> problems)
    {
        if (!checkpoint.TryFind(name, out var entry))
        {
            problems.Add($"'{name}' is missing");
            return null;
        }

        if (entry.Type is not (ElementType.Float32 or ElementType.Float16 or ElementType.BFloat16 or ElementType.Float64))
        {
            problems.Add($"'{name}' is {entry.Type.Name()}, expected float32, float16, bfloat16 or float64");
            return null;
        }

        return entry;
    }

    private static string Format(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
