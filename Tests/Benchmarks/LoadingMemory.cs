using System.Globalization;
using Gpu.Engine;
using Gpu.Kernels.Host;
using Gpu.Loader.Checkpoints;

namespace Gpu.Benchmarks;

/// <summary>
/// How much private memory a process needs at most while it loads a full-size network to the CPU, beside the prepared weights.
/// The mapped file is not private: the system drops its pages when it wants them back.
/// </summary>
internal static class LoadingMemory
{
    private const double Megabyte = 1e6;

    /// <summary>Measures every format in this process, one after the other, and prints a table.</summary>
    public static void Print(TextWriter output)
    {
        output.WriteLine("format           prepared MB  peak private MB  before MB  peak - before, over prepared");
        foreach (var format in Enum.GetValues<CheckpointFormat>())
        {
            using var file = new FullSizeFile(format);

            // Once before, so that neither compiled code nor the heap's growth counts.
            Load(file.Path);
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            var before = PrivateBytes();
            var (prepared, peak) = Load(file.Path);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{format,-16} {prepared / Megabyte,11:0.0} {peak / Megabyte,16:0.0} {before / Megabyte,10:0.0} {(peak - before) / (double)prepared,29:0.000}"));
        }
    }

    private static (long Prepared, long Peak) Load(string path)
    {
        using var done = new ManualResetEventSlim();
        long peak = 0;
        var sampler = new Thread(() =>
        {
            do
            {
                peak = Math.Max(peak, PrivateBytes());
            }
            while (!done.Wait(TimeSpan.FromMilliseconds(1)));
        });
        sampler.Start();
        using var checkpoint = Checkpoint.Open(path);
        using var device = new HostDevice();
        using var model = VggModel.Load(checkpoint, device);
        done.Set();
        sampler.Join();
        return (model.ParameterBytes, peak);
    }

    /// <summary>Resident pages that no file backs, as Linux counts them.</summary>
    private static long PrivateBytes()
    {
        const string key = "RssAnon:";
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith(key, StringComparison.Ordinal));
        return long.Parse(line[key.Length..^"kB".Length], CultureInfo.InvariantCulture) * 1024;
    }
}
