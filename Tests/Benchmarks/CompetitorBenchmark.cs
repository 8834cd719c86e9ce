using System.Diagnostics;
using System.Globalization;
using Gpu.Benchmarks.Peers;
using Gpu.Cases;
using Gpu.Engine;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Checkpoints;

namespace Gpu.Benchmarks;

/// <summary>
/// The network while another process keeps one core busy, beside the network alone, by turns. Of two cores one and a half are left
/// to two threads: 1.33 times the time is what fair shares give, more is lost to waiting for each other.
/// </summary>
internal static class CompetitorBenchmark
{
    private const int Rounds = 6;
    private const int RunsPerRound = 5;

    /// <summary>What the competitor does until it is ended.</summary>
    public static void Spin()
    {
        while (true)
        {
            Thread.SpinWait(1000);
        }
    }

    /// <summary>Measures and prints.</summary>
    public static void Print(TextWriter output)
    {
        using var file = new FullSizeFile(CheckpointFormat.TensorFlowV1);
        using var model = VggModel.Load(file.Path, new VggOptions { Device = "cpu" });
        var shape = new Shape(1, 224, 224, 3);
        var values = RandomArray.Uniform(shape.Elements, seed: 2, scale: 120f);
        model.Logits(shape, values);
        var (quiet, busy) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            Measure(quiet);
            using var competitor = Process.Start(Environment.ProcessPath!, "spin");
            Measure(busy);
            competitor.Kill();
            competitor.WaitForExit();
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"quiet {Comparison.Median([.. quiet]):F1} ms, with a busy process {Comparison.Median([.. busy]):F1} ms, ratio {Comparison.Median([.. busy]) / Comparison.Median([.. quiet]):F2}"));

        void Measure(List<double> times)
        {
            for (var run = 0; run < RunsPerRound; run++)
            {
                var start = Stopwatch.GetTimestamp();
                model.Logits(shape, values);
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }
    }
}
