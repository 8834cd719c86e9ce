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
/// <param name="Trace">All runs.</param>
/// <param name="Disturbance">What else used the machine meanwhile, or null.</param>
internal sealed record NetworkProfile(
    string Network, DeviceInfo Device, DeviceRoofs Roofs, IReadOnlyList<LayerProfile> Layers, IReadOnlyList<TracedRun> Trace, string? Disturbance);

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
        var (layers, runs, begin) = (new List<TracedLayer>(), new List<TracedRun>(), Stopwatch.GetTimestamp());
        using var model = VggModel.Load(checkpoint, device, compute with
        {
            LayerObserver = timing => layers.Add(new TracedLayer(Stopwatch.GetElapsedTime(begin), timing)),
        });
        var values = new float[Input.Elements];
        Float64Network.FillImage(0, values);
        for (var i = 0; i < Warmup; i++)
        {
            model.Logits(Input, values, cancellationToken: cancellationToken);
        }

        var load = new MachineLoad();
        for (var i = 0; i < Runs; i++)
        {
            layers.Clear();
            var start = Stopwatch.GetElapsedTime(begin);
            model.Logits(Input, values, cancellationToken: cancellationToken);
            runs.Add(new TracedRun(start, Stopwatch.GetElapsedTime(begin), [.. layers]));
        }

        var disturbance = load.Disturbance();
        var medians = runs.SelectMany(r => r.Layers).GroupBy(t => t.Timing.Layer).Select(g => g.Select(t => t.Timing).OrderBy(t => t.Elapsed).ElementAt((Runs - 1) / 2)).ToList();
        var total = medians.Sum(m => m.Elapsed.TotalSeconds);
        var (flops, bytes) = (roofs.FlopsPerSecond(ProductsOf(compute.Precision)), roofs.MemoryBytesPerSecond);
        return new NetworkProfile(
            model.Network, device.Info, roofs, [.. medians.Select(m => new LayerProfile(m, flops, bytes, m.Elapsed.TotalSeconds / total))], runs, disturbance);
    }

    /// <summary>How a precision rounds the products of convolutions.</summary>
    public static ProductPrecision ProductsOf(Precision precision) => precision switch
    {
        Precision.Float16 => ProductPrecision.Float16,
        Precision.BFloat16 => ProductPrecision.BFloat16,
        Precision.TensorFloat32 => ProductPrecision.TensorFloat32,
        Precision.TensorFloat32x3 => ProductPrecision.TensorFloat32x3,
        Precision.BFloat16x3 or Precision.BFloat16x3Float16Weights => ProductPrecision.BFloat16x3,
        _ => ProductPrecision.Float32,
    };
}
