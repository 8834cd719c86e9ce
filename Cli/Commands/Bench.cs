using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Gpu.Cli.Laboratory;
using Gpu.Cli.Rendering;
using Gpu.Engine;
using Gpu.Engine.Networks;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Checkpoints;

namespace Gpu.Cli.Commands;

/// <summary>How workloads are measured.</summary>
/// <param name="Runs">Measured runs.</param>
/// <param name="Warmup">Runs before them, beside the first.</param>
/// <param name="CoolDown">Pause before every workload but the first, so that the one before it has no influence.</param>
/// <param name="Checked">Inputs of a batch that are compared with float64; null for one where that takes seconds, else none.</param>
internal sealed record BenchOptions(int Runs, int Warmup, TimeSpan CoolDown, int? Checked);

/// <summary>Measures runs of a network on random inputs.</summary>
/// <param name="checkpoint">The network.</param>
/// <param name="options">How.</param>
/// <param name="notices">Told what is done beside the runs.</param>
internal sealed class Bench(Checkpoint checkpoint, BenchOptions options, TextWriter notices)
{
    /// <summary>Flops that take float64 some seconds on two processors: those of a 224x224 input in VGG-16 or VGG-19.</summary>
    private const long CheckableFlops = 40_000_000_000;

    /// <summary>Spread of the times from which something unseen must have disturbed them.</summary>
    private const double TolerableSpread = 0.2;

    private readonly Float64Network truth = new(checkpoint);
    private bool isFirst = true;

    /// <summary>Measures inputs of several shapes on one device in one precision.</summary>
    /// <exception cref="DeviceException">The device is absent, does not compute so, or failed.</exception>
    public IEnumerable<BenchRecord> Run(VggOptions compute, IReadOnlyList<Shape> inputs, CancellationToken cancellationToken)
    {
        using var device = compute.OpenDevice();
        var roofs = RememberedRoofs.Of(device, measure: false, notices, cancellationToken);
        var loading = Stopwatch.StartNew();
        using var model = VggModel.Load(checkpoint, device, compute);
        loading.Stop();
        foreach (var input in inputs)
        {
            yield return Measure(device, model, compute, roofs, input, loading.Elapsed, cancellationToken);
        }
    }

    private BenchRecord Measure(
        Device device, VggModel model, VggOptions compute, DeviceRoofs roofs, Shape input, TimeSpan loading, CancellationToken cancellationToken)
    {
        if (!isFirst)
        {
            cancellationToken.WaitHandle.WaitOne(options.CoolDown);
        }

        isFirst = false;
        var values = new float[input.Elements];
        var length = values.Length / input.Batch;
        Parallel.For(0, input.Batch, image => Float64Network.FillImage(image, values.AsSpan(image * length, length)));
        var (time, logits) = (DateTime.UtcNow, (float[])[]);
        var first = Time();
        for (var i = 0; i < options.Warmup; i++)
        {
            Time();
        }

        var machine = new MachineLoad();
        double[] samples = [.. Enumerable.Range(0, options.Runs).Select(_ => Time())];
        var disturbance = machine.Disturbance();
        var statistics = new SampleStatistics(samples);
        var network = new SampleStatistics([.. model.Time(input, values, options.Runs, cancellationToken).Select(t => t.TotalMilliseconds)]);
        var flops = NetworkDescription.Read(checkpoint, device, input, compute.Precision).Flops;
        var agreement = Check(input, logits, flops / input.Batch, cancellationToken);
        return new BenchRecord
        {
            Workload = logits.Length == input.Batch * model.Labels.Count ? "classify" : "dense",
            Network = model.Network,
            Parameters = model.Parameters,
            Batch = input.Batch,
            Height = input.Height,
            Width = input.Width,
            Device = device.Info.Id,
            Precision = ComputeOptions.NameOf(compute.Precision),
            Threads = device.Info.Kind == DeviceKind.Cpu ? compute.Threads ?? Environment.ProcessorCount : null,
            Runs = samples.Length,
            MedianMs = statistics.Median,
            MinMs = statistics.Minimum,
            P95Ms = statistics.Quantile(0.95),
            MaxMs = statistics.Maximum,
            Spread = statistics.Spread,
            ImagesPerSecond = 1000 * input.Batch / statistics.Median,
            Gflops = flops / statistics.Median / 1e6,
            PeakGflops = roofs.FlopsPerSecond(Profiler.ProductsOf(compute.Precision)) / 1e9,
            RelativeL2 = agreement?.RelativeError,
            Top1Agreement = agreement?.Top1,
            Checked = agreement?.Inputs ?? 0,
            Disturbance = disturbance
                ?? (statistics.Spread > TolerableSpread ? string.Create(CultureInfo.InvariantCulture, $"the runs differ by {statistics.Spread:P0} of their median") : null),
            NetworkMs = network.Median,
            FirstMs = first,
            LoadMs = loading.TotalMilliseconds,
            SamplesMs = samples,
            Time = time,
            DeviceName = device.Info.Name,
            Driver = device.Info.Driver,
            Machine = MachineName(),
            Runtime = RuntimeInformation.FrameworkDescription,
            OperatingSystem = RuntimeInformation.OSDescription,
        };

        double Time()
        {
            var start = Stopwatch.GetTimestamp();
            logits = model.Logits(input, values, cancellationToken: cancellationToken);
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
    }

    private static string MachineName() => string.Create(
        CultureInfo.InvariantCulture, $"{DeviceCatalog.List().Present.Single(d => d.Kind == DeviceKind.Cpu).Name}, {Environment.ProcessorCount} processors");

    /// <summary>Compares the logits of the first inputs of a batch with float64.</summary>
    private (double RelativeError, double Top1, int Inputs)? Check(Shape input, float[] logits, long flopsPerInput, CancellationToken cancellationToken)
    {
        var inputs = Math.Min(options.Checked ?? (flopsPerInput <= CheckableFlops ? 1 : 0), input.Batch);
        if (inputs == 0)
        {
            return null;
        }

        double[] expected = [.. Enumerable.Range(0, inputs).SelectMany(i => truth.Logits(i, input.Height, input.Width, cancellationToken))];
        var actual = logits.AsSpan(0, expected.Length);
        var (positions, agreeing, classes) = (expected.Length / truth.Classes, 0, truth.Classes);
        for (var position = 0; position < positions; position++)
        {
            var agrees = IndexOfGreatest<float>(actual.Slice(position * classes, classes)) == IndexOfGreatest<double>(expected.AsSpan(position * classes, classes));
            agreeing += agrees ? 1 : 0;
        }

        return (Float64Operations.RelativeError(actual, expected), (double)agreeing / positions, inputs);
    }

    private static int IndexOfGreatest<T>(ReadOnlySpan<T> values)
        where T : IComparable<T>
    {
        var best = 0;
        for (var i = 1; i < values.Length; i++)
        {
            best = values[i].CompareTo(values[best]) > 0 ? i : best;
        }

        return best;
    }
}
