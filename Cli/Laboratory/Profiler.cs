using System.Diagnostics;
using Gpu.Engine;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Checkpoints;

namespace Gpu.Cli.Laboratory;

/// <summary>A network's layers as measured one by one.</summary>
/// <param name="Network">The network's name.</param>
/// <param name="Device">Where it ran.</param>
/// <param name="Roofs">What the device can do.</param>
/// <param name="Layers">Each layer's median run, in order.</param>
/// <param name="Trace">Every layer of every run.</param>
/// <param name="Disturbance">What else used the machine meanwhile, or null.</param>
internal sealed record NetworkProfile(
    string Network, DeviceInfo Device, DeviceRoofs Roofs, IReadOnlyList<LayerProfile> Layers, IReadOnlyList<TracedLayer> Trace, string? Disturbance);

/// <summary>Measures a network layer by layer: the device is idle before and after each, so that nothing overlaps.</summary>
/// <param name="Input">Shape of the input.</param>
/// <param name="Runs">Measured runs.</param>
/// <param name="Warmup">Runs before them.</param>
internal sealed record Profiler(Shape Input, int Runs, int Warmup)
{
    /// <summary>Measures.</summary>
    /// <exception cref="DeviceException">The device is absent, does not compute so, or failed.</exception>
    public NetworkProfile Run(Checkpoint checkpoint, VggOptions compute, TextWriter notices, CancellationToken cancellationToken)
    {
        using var device = compute.OpenDevice();
        var roofs = RememberedRoofs.Of(device, measure: false, notices, cancellationToken);
        var (trace, run, begin) = (new List<TracedLayer>(), 0, Stopwatch.GetTimestamp());
        using var model = VggModel.Load(checkpoint, device, compute with
        {
            LayerObserver = timing => trace.Add(new TracedLayer(run, Stopwatch.GetElapsedTime(begin), timing)),
        });
        var values = new float[Input.Elements];
        Float64Network.FillImage(0, values);
        for (var i = 0; i < Warmup; i++)
        {
            model.Logits(Input, values, cancellationToken: cancellationToken);
        }

        trace.Clear();
        var load = new MachineLoad();
        for (run = 0; run < Runs; run++)
        {
            model.Logits(Input, values, cancellationToken: cancellationToken);
        }

        var disturbance = load.Disturbance();
        var medians = trace.GroupBy(t => t.Timing.Layer).Select(g => g.Select(t => t.Timing).OrderBy(t => t.Elapsed).ElementAt((Runs - 1) / 2)).ToList();
        var total = medians.Sum(m => m.Elapsed.TotalSeconds);
        var (flops, bytes) = (roofs.FlopsPerSecond(ProductsOf(compute.Precision)), roofs.MemoryBytesPerSecond);
        return new NetworkProfile(
            model.Network, device.Info, roofs, [.. medians.Select(m => new LayerProfile(m, flops, bytes, m.Elapsed.TotalSeconds / total))], trace, disturbance);
    }

    /// <summary>How a precision rounds the products of convolutions.</summary>
    public static ProductPrecision ProductsOf(Precision precision) => precision switch
    {
        Precision.Float16 => ProductPrecision.Float16,
        Precision.BFloat16 => ProductPrecision.BFloat16,
        Precision.TensorFloat32 => ProductPrecision.TensorFloat32,
        Precision.TensorFloat32x3 => ProductPrecision.TensorFloat32x3,
        _ => ProductPrecision.Float32,
    };
}
