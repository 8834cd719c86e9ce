using System.Diagnostics;
using System.Globalization;
using Gpu.Cases;
using Gpu.Engine;
using Gpu.Kernels.Host;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Checkpoints;
using Gpu.Tests.Reference;

namespace Gpu.Benchmarks.Peers;

/// <summary>A workload of the comparison.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Input">Shape of the input.</param>
/// <param name="Threads">Threads of either.</param>
/// <param name="Precision">Ours; ONNX Runtime's is float32.</param>
/// <param name="Runs">Runs of either.</param>
internal sealed record Workload(string Name, Shape Input, int Threads, Precision Precision, int Runs)
{
    private const int Side = 224;

    /// <summary>Whether this processor multiplies in 3xbf16.</summary>
    public static bool HasMatrixUnit { get; } = FindMatrixUnit();

    /// <summary>Whether the network runs fully convolutionally over a larger input.</summary>
    public bool IsDense => Input.Height > Side;

    /// <summary>Those of the table, each also in the precision of a matrix unit where this processor has one.</summary>
    public static IReadOnlyList<Workload> All { get; } =
    [
        .. InBoth("classify 224, batch 1", new Shape(1, Side, Side, 3), 2, Precision.Float32, Precision.BFloat16x3, 50),
        new Workload("classify 224, batch 1, int20 fully connected weights", new Shape(1, Side, Side, 3), 2, Precision.Int20Weights, 50),
        .. InBoth(
            "classify 224, batch 1, fp16 fully connected weights", new Shape(1, Side, Side, 3), 2, Precision.Float16Weights, Precision.BFloat16x3Float16Weights, 50),
        .. InBoth("classify 224, batch 8", new Shape(8, Side, Side, 3), 2, Precision.Float32, Precision.BFloat16x3, 14),
        .. InBoth("dense 768x1024", new Shape(1, 768, 1024, 3), 2, Precision.Float32, Precision.BFloat16x3, 8),
        .. InBoth("classify 224, batch 1, one thread", new Shape(1, Side, Side, 3), 1, Precision.Float32, Precision.BFloat16x3, 30),
    ];

    private static bool FindMatrixUnit()
    {
        using var device = new HostDevice();
        return device.ConvolutionAlgorithms.Any(a => a.ProductPrecision == ProductPrecision.BFloat16x3);
    }

    private static IEnumerable<Workload> InBoth(string name, Shape input, int threads, Precision usual, Precision onMatrixUnit, int runs)
    {
        yield return new Workload(name, input, threads, usual, runs);
        if (HasMatrixUnit)
        {
            yield return new Workload($"{name}, 3xbf16", input, threads, onMatrixUnit, runs);
        }
    }
}

/// <summary>What a workload took, in milliseconds.</summary>
internal sealed record Comparison(string Name, double[] Ours, double[] Theirs, double Error, double OurLoad, double TheirLoad)
{
    /// <summary>What of it is kept.</summary>
    public PeerRecord ToRecord() => new(Name, Times.Of(Ours), Times.Of(Theirs), Error, OurLoad, TheirLoad);

    public static double Median(double[] times)
    {
        var sorted = times.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

/// <summary>
/// Our network beside ONNX Runtime's: the same random weights and input, in one process, by turns, so that a disturbance of the
/// machine meets both. Between them is a pause, in which ONNX Runtime's threads stop spinning.
/// </summary>
internal static class PeersBenchmark
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(60);

    /// <summary>Measures the workloads whose names contain a text.</summary>
    public static IReadOnlyList<Comparison> Run(string filter, TextWriter progress)
    {
        using var file = new FullSizeFile(CheckpointFormat.TensorFlowV1);
        var comparisons = new List<Comparison>();
        foreach (var workload in Workload.All.Where(w => w.Name.Contains(filter, StringComparison.Ordinal)))
        {
            progress.WriteLine($"{workload.Name} ...");
            comparisons.Add(Run(workload, file));
        }

        return comparisons;
    }

    private static Comparison Run(Workload workload, FullSizeFile file)
    {
        var values = RandomArray.Uniform(workload.Input.Elements, seed: 2, scale: 120f);
        var model = file.Path + ".onnx";
        using (var checkpoint = Checkpoint.Open(file.Path))
        {
            OnnxNetwork.Write(checkpoint, workload.Input, workload.IsDense, model);
        }

        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var ourLoad = Stopwatch.GetTimestamp();
        using var ours = VggModel.Load(file.Path, new VggOptions { Device = "cpu", Threads = workload.Threads, Precision = workload.Precision });
        var ourLoadTime = Stopwatch.GetElapsedTime(ourLoad).TotalMilliseconds;
        var theirLoad = Stopwatch.GetTimestamp();
        using var theirs = new OnnxRuntimeNetwork(model, workload.Threads, workload.Input, values);
        var theirLoadTime = Stopwatch.GetElapsedTime(theirLoad).TotalMilliseconds;
        File.Delete(model);

        // The first runs compile and allocate.
        var (ourLogits, theirLogits) = (ours.Logits(workload.Input, values), theirs.Run());
        ours.Logits(workload.Input, values);
        var (ourTimes, theirTimes) = (new double[workload.Runs], new double[workload.Runs]);
        for (var run = 0; run < workload.Runs; run++)
        {
            Thread.Sleep(Pause);
            ourTimes[run] = Time(() => ours.Logits(workload.Input, values));
            Thread.Sleep(Pause);
            theirTimes[run] = Time(() => theirs.Run());
        }

        return new Comparison(workload.Name, ourTimes, theirTimes, RelativeError.L2(ourLogits, Array.ConvertAll(theirLogits, v => (double)v)), ourLoadTime, theirLoadTime);
    }

    private static double Time(Func<float[]> run)
    {
        var start = Stopwatch.GetTimestamp();
        run();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
