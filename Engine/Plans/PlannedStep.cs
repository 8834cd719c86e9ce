using Gpu.Engine.Networks;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Engine.Plans;

/// <summary>A step of a plan before its operation is made: a convolution, with the pool behind it where its algorithm computes that too, or a pool.</summary>
/// <param name="Layer">The convolution or the pool.</param>
/// <param name="Pool">The pool that is a part of the convolution, or null.</param>
/// <param name="Input">Shape read.</param>
/// <param name="Convolution">How the convolution is computed, null for a pool.</param>
internal sealed record PlannedStep(
    NetworkLayer Layer, NetworkLayer? Pool, Shape Input, (ConvolutionAlgorithm Algorithm, ConvolutionSpecification Specification)? Convolution)
{
    /// <summary>The name of the layer, or of both.</summary>
    public string Name => Layer.Row.Name + (Pool is null ? "" : $"+{Pool.Row.Name}");

    /// <summary>Shape written.</summary>
    public Shape Output => Convolution?.Specification.Output ?? MaxPool.Output(Input);

    /// <summary>Chooses the algorithms of a network's layers, and the precisions in which activations are stored between them.</summary>
    /// <exception cref="DeviceException">The device has no algorithm for a layer.</exception>
    /// <exception cref="ArgumentException">The input is too small for the network.</exception>
    public static List<PlannedStep> For(VggNetwork network, AlgorithmChoice choice, Shape input, Padding fullyConnectedPadding)
    {
        var steps = new List<PlannedStep>();
        var layers = network.Layers;
        for (var i = 0; i < layers.Count; i++)
        {
            var (layer, shape) = (layers[i], i == 0 ? input : steps[^1].Output);
            if (layer.Filter is null)
            {
                steps.Add(new PlannedStep(layer, Pool: null, shape, Convolution: null));
                continue;
            }

            var specification = PreparedNetwork.Specify(layer, shape, fullyConnectedPadding);
            var chosen = choice.Choose(layer, specification, isPooledNext: i + 1 < layers.Count && layers[i + 1].Filter is null);
            steps.Add(new PlannedStep(layer, chosen.Specification.Pooled ? layers[++i] : null, shape, chosen));
        }

        for (var i = 1; i < steps.Count; i++)
        {
            (steps[i - 1], steps[i]) = Joined(steps[i - 1], steps[i]);
        }

        return steps;
    }

    /// <summary>Two steps, the first of which writes what the second multiplies, if it can.</summary>
    private static (PlannedStep First, PlannedStep Second) Joined(PlannedStep first, PlannedStep second)
    {
        if (first.Convolution is not var (writer, written) || second.Convolution is not var (reader, read))
        {
            return (first, second);
        }

        written = written with { OutputPrecision = reader.ProductPrecision };
        read = read with { InputPrecision = reader.ProductPrecision };
        return writer.Supports(written) && reader.Supports(read)
            ? (first with { Convolution = (writer, written) }, second with { Convolution = (reader, read) })
            : (first, second);
    }
}
