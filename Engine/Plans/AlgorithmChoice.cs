using Gpu.Engine.Networks;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Loader.Networks;

namespace Gpu.Engine.Plans;

/// <summary>
/// Which algorithm computes a layer: the one that was asked for, else of the device's own the fastest by measurement, else the one of the
/// least estimate.
/// </summary>
internal sealed class AlgorithmChoice
{
    /// <summary>Stands for all layers whose algorithm is not asked for by name.</summary>
    private const string AnyLayer = "*";

    private readonly Device device;
    private readonly VggOptions options;
    private readonly RememberedAlgorithms? remembered;

    /// <summary>Prepares choices for a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="options">Asks for algorithms by name, and says whether measurements count.</param>
    public AlgorithmChoice(Device device, VggOptions options)
    {
        this.device = device;
        this.options = options;
        remembered = options.Tuning == AlgorithmTuning.Estimate
            ? null
            : new RememberedAlgorithms(options.TuningFile ?? RememberedAlgorithms.DefaultPath, device.Info);
    }

    /// <summary>Refuses options that name a layer which the network has not.</summary>
    /// <exception cref="NetworkException">There is one.</exception>
    public void Validate(VggNetwork network)
    {
        var layers = network.Layers.Where(l => l.Filter is not null).ToList();
        foreach (var name in options.Algorithms.Keys.Where(name => name != AnyLayer && !layers.Exists(l => IsNamed(l, name))))
        {
            throw new NetworkException($"The network has no layer '{name}' to choose an algorithm for; it has {string.Join(", ", layers.Select(ShortName))}.");
        }
    }

    /// <summary>Chooses; measures where that is asked for and was not done before.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="specification">What it computes.</param>
    /// <param name="isPooledNext">Whether a pool follows.</param>
    /// <returns>The algorithm, and what it computes: with the pool if it can.</returns>
    /// <exception cref="DeviceException">The device has no algorithm for the layer, or not the one that was asked for.</exception>
    public (ConvolutionAlgorithm Algorithm, ConvolutionSpecification Specification) Choose(
        NetworkLayer layer, ConvolutionSpecification specification, bool isPooledNext)
    {
        var supporting = PrecisionAlgorithms.For(device, layer, specification, options.Precision);
        var algorithm = Named(layer, specification, [.. supporting, .. device.AddedAlgorithms.Where(a => a.Supports(specification))]) ?? Measured(layer, specification, supporting, isPooledNext)
            ?? supporting.MinBy(a => a.EstimatedFlops(specification))!;
        var pooled = specification with { Pooled = isPooledNext };
        return (algorithm, algorithm.Supports(pooled) ? pooled : specification);
    }

    private static string ShortName(NetworkLayer layer) => layer.Row.Name.Split('/')[^1];

    private static bool IsNamed(NetworkLayer layer, string name) => name == layer.Row.Name || name == ShortName(layer);

    private ConvolutionAlgorithm? Named(NetworkLayer layer, ConvolutionSpecification specification, List<ConvolutionAlgorithm> supporting)
    {
        var name = options.Algorithms.FirstOrDefault(a => IsNamed(layer, a.Key)).Value;
        if (name is not null)
        {
            return supporting.Find(a => a.Name == name) ?? throw new DeviceException(
                $"Device {device.Info.Id} has no algorithm '{name}' for layer {ShortName(layer)} with input {specification.Input}; it has {string.Join(", ", supporting.Select(a => a.Name))}.");
        }

        return options.Algorithms.TryGetValue(AnyLayer, out var any) ? supporting.Find(a => a.Name == any) : null;
    }

    private ConvolutionAlgorithm? Measured(
        NetworkLayer layer, ConvolutionSpecification specification, List<ConvolutionAlgorithm> supporting, bool isPooledNext)
    {
        // Algorithms that are preferred wherever they are supported compete with each other only.
        var preferred = supporting.Where(a => a.EstimatedFlops(specification) == 0).ToList();
        var candidates = preferred.Count > 0 ? preferred : supporting;
        if (remembered is null || candidates.Count < 2)
        {
            return null;
        }

        var shape = $"{specification.Input} {specification.Filter} {specification.Padding}{(isPooledNext ? " pooled" : "")} {options.Precision}";
        var known = candidates.Find(a => a.Name == remembered.Find(shape));
        if (known is not null || options.Tuning != AlgorithmTuning.Measure)
        {
            return known;
        }

        var trial = AlgorithmTrial.Run(device, layer, specification, candidates, isPooledNext);
        options.TrialObserver?.Invoke(trial);
        remembered.Add(shape, trial.Times[0].Algorithm);
        return candidates.Find(a => a.Name == trial.Times[0].Algorithm);
    }
}
