using Gpu.Engine.Networks;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Networks;

namespace Gpu.Engine.Plans;

/// <summary>
/// A network's parameters on a device, arranged once per filter layout and shared by the plans of every shape.
/// All members but those that count bytes are used inside <see cref="Device.Enter"/>; the lock is for devices that admit several threads.
/// </summary>
internal sealed class PreparedNetwork(VggNetwork network, Device device, AlgorithmChoice choice) : IDisposable
{
    private readonly Dictionary<(string Layer, string Layout), PreparedFilter> filters = [];
    private readonly Lock gate = new();

    /// <summary>The network.</summary>
    public VggNetwork Network => network;

    /// <summary>The device.</summary>
    public Device Device => device;

    /// <summary>Which algorithms compute the layers.</summary>
    public AlgorithmChoice Choice => choice;

    /// <summary>Bytes of all prepared parameters.</summary>
    public long Bytes
    {
        get
        {
            lock (gate)
            {
                return filters.Values.Sum(f => f.Bytes);
            }
        }
    }

    /// <summary>Bytes of parameters that are used where the checkpoint's file is mapped.</summary>
    public long BytesInPlace
    {
        get
        {
            lock (gate)
            {
                return filters.Values.Sum(f => f.BytesInPlace);
            }
        }
    }

    /// <summary>Makes the process occupy the parameters that are used where the checkpoint's file is mapped.</summary>
    public void TouchInPlace()
    {
        lock (gate)
        {
            foreach (var filter in filters.Values)
            {
                filter.TouchInPlace();
            }
        }
    }

    /// <summary>What a layer computes on an input. <paramref name="padding"/> is that of fc6, the only layer with a choice.</summary>
    public static ConvolutionSpecification Specify(NetworkLayer layer, Shape input, Padding padding)
    {
        var specification = new ConvolutionSpecification(
            input,
            layer.Filter!.Value,
            layer.Row.Kind == VggLayerKind.Convolution ? Padding.Same : padding,
            layer.Row.Relu);
        specification.Validate();
        return specification;
    }

    /// <summary>Makes the operation of a step.</summary>
    /// <exception cref="DeviceException">The device failed, or has not enough memory.</exception>
    public Operation CreateOperation(PlannedStep step) => step.Convolution is var (algorithm, specification)
        ? algorithm.Create(specification, Prepare(step.Layer, algorithm))
        : device.CreateMaxPool(step.Input);

    public void Dispose()
    {
        foreach (var filter in filters.Values)
        {
            filter.Dispose();
        }

        filters.Clear();
    }

    private PreparedFilter Prepare(NetworkLayer layer, ConvolutionAlgorithm algorithm)
    {
        lock (gate)
        {
            var key = (layer.Row.Name, algorithm.FilterLayout);
            if (!filters.TryGetValue(key, out var filter))
            {
                filter = algorithm.Prepare(new CheckpointFilter(layer.Filter!.Value, layer.Weights!));
                if (filter.BytesInPlace == 0)
                {
                    layer.Weights!.Release();
                }

                filters.Add(key, filter);
            }

            return filter;
        }
    }
}
