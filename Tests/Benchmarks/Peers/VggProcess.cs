using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Gpu.Benchmarks.Peers;

/// <summary>What a run of the command as a process of its own took.</summary>
/// <param name="Milliseconds">From its start to its end.</param>
/// <param name="PeakMegabytes">Greatest resident memory.</param>
/// <param name="PeakPrivateMegabytes">Greatest resident memory that no file backs, as seen every few milliseconds.</param>
/// <param name="Output">What it printed.</param>
internal sealed record ProcessRun(double Milliseconds, double PeakMegabytes, double PeakPrivateMegabytes, string Output);

/// <summary>Runs <c>vgg</c> as its users do.</summary>
internal static class VggProcess
{
    private const double KilobytesPerMegabyte = 1e3 / 1.024;

    /// <summary>Runs the command and looks at its memory meanwhile.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static ProcessRun Run(string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "vgg"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var (peak, peakPrivate) = (0.0, 0.0);
        var begin = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        while (!process.WaitForExit(TimeSpan.FromMilliseconds(5)))
        {
            peak = Math.Max(peak, Megabytes(process.Id, "VmHWM:"));
            peakPrivate = Math.Max(peakPrivate, Megabytes(process.Id, "RssAnon:"));
        }

        var elapsed = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        process.WaitForExit();
        return process.ExitCode == 0
            ? new ProcessRun(elapsed, peak, peakPrivate, output.Result)
            : throw new InvalidOperationException($"vgg {string.Join(' ', arguments)} failed: {error.Result}");
    }

    /// <summary>The median of a run's <c>vgg bench --format json</c>.</summary>
    public static double BenchMedian(ProcessRun run)
    {
        using var record = JsonDocument.Parse(run.Output);
        return record.RootElement[0].GetProperty("median_ms").GetDouble();
    }

    /// <summary>A field of Linux's account of a process; 0 once it has ended.</summary>
    private static double Megabytes(int process, string key)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line[key.Length..^"kB".Length], CultureInfo.InvariantCulture) / KilobytesPerMegabyte;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
