using System.Diagnostics;
using Gpu.Cli.Rendering;
using Gpu.Engine;
using Gpu.Engine.Plans;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Checkpoints;

namespace Gpu.Cli.Commands;

/// <summary>Measures runs of a network on one random input.</summary>
/// <param name="input">Shape of the input.</param>
/// <param name="runs">Measured runs.</param>
/// <param name="warmup">Runs before them, beside the first.</param>
/// <param name="layers">Whether every layer is measured too.</param>
internal sealed class Bench(Shape input, int runs, int warmup, bool layers)
{
    private const int Seed = 2;

    /// <summary>Half the range of a network's input, whose pixels are 0..255 less their mean.</summary>
    private const float Range = 120f;

    /// <summary>Prepares the weights and measures.</summary>
    public BenchRecord Run(Checkpoint weights, VggOptions options, CancellationToken cancellationToken)
    {
        var timings = new Dictionary<string, List<LayerTiming>>();
        var loading = Stopwatch.StartNew();
        using var device = DeviceCatalog.Open(options.Device, new DeviceOptions { Threads = options.Threads });
        using var model = VggModel.Load(weights, device, options with { LayerObserver = layers ? Observe : null });
        loading.Stop();
        var random = new Random(Seed);
        var values = new float[input.Elements];
        foreach (ref var value in values.AsSpan())
        {
            value = ((random.NextSingle() * 2) - 1) * Range;
        }

        var first = Time(model, values, cancellationToken);
        for (var i = 0; i < warmup; i++)
        {
            Time(model, values, cancellationToken);
        }

        timings.Clear();
        double[] measured = [.. Enumerable.Range(0, runs).Select(_ => Time(model, values, cancellationToken)).Order()];
        return new BenchRecord(model, options, input, loading.Elapsed.TotalMilliseconds, first, measured, [.. timings.Values.Select(Median)]);

        void Observe(LayerTiming timing)
        {
            if (!timings.TryGetValue(timing.Layer, out var list))
            {
                timings.Add(timing.Layer, list = []);
            }

            list.Add(timing);
        }
    }

    private static LayerTiming Median(List<LayerTiming> timings) => timings.OrderBy(t => t.Elapsed).ElementAt(timings.Count / 2);

    private double Time(VggModel model, float[] values, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        model.Logits(input, values, cancellationToken: cancellationToken);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
