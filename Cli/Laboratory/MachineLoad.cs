using System.Diagnostics;
using System.Globalization;

namespace Gpu.Cli.Laboratory;

/// <summary>
/// What else used this machine's processors while something was measured, by Linux's own account: /proc/stat for all processes
/// and for what the hypervisor took, cgroup's cpu.stat for what a quota held back. Elsewhere nothing is known.
/// </summary>
internal sealed class MachineLoad
{
    private const string Processors = "/proc/stat";
    private const string Quota = "/sys/fs/cgroup/cpu.stat";

    /// <summary>Linux counts in hundredths of a second, whatever its clock.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>Shares of a measurement's processors or time from which it is disturbed.</summary>
    private const double Tolerated = 0.05;

    private readonly long start = Stopwatch.GetTimestamp();
    private readonly Account account = Account.Read();

    /// <summary>What disturbed the time since this was made, in a few words; null if nothing did.</summary>
    public string? Disturbance()
    {
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var now = Account.Read();
        if (now.Busy is not { } busy || account.Busy is not { } busyBefore)
        {
            return null;
        }

        // An account in ticks of many short turns is off by some of them.
        var others = (busy - busyBefore - (now.Own - account.Own)) / seconds;
        var stolen = (now.Stolen - account.Stolen) / seconds;
        var throttled = (now.Throttled - account.Throttled) / seconds;
        return others > Math.Max(0.1, Tolerated * Environment.ProcessorCount) ? Text($"other processes used {others:F1} of {Environment.ProcessorCount} processors")
            : stolen > Tolerated ? Text($"the hypervisor took {stolen:F1} processors")
            : throttled > Tolerated ? Text($"a quota held threads back for {throttled:P0} of the time")
            : null;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Seconds of processors: of all processes, of this one, taken by the hypervisor, and held back.</summary>
    private readonly record struct Account(double? Busy, double Own, double Stolen, double Throttled)
    {
        public static Account Read()
        {
            using var process = Process.GetCurrentProcess();
            var own = process.TotalProcessorTime.TotalSeconds;
            try
            {
                // cpu user nice system idle iowait irq softirq steal ...
                double[] ticks = [.. File.ReadLines(Processors).First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1)
                    .Select(t => double.Parse(t, CultureInfo.InvariantCulture) / TicksPerSecond)];
                return new Account(ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6], own, ticks[7], ReadThrottled());
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
            {
                return new Account(null, own, 0, 0);
            }
        }

        private static double ReadThrottled()
        {
            const string key = "throttled_usec ";
            var line = File.Exists(Quota) ? File.ReadLines(Quota).FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal)) : null;
            return line is null ? 0 : double.Parse(line.AsSpan(key.Length), CultureInfo.InvariantCulture) / 1e6;
        }
    }
}
