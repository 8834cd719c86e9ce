using System.Globalization;
using Gpu.Cli.Commands;
using Gpu.Cli.Laboratory;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Inspection;
using Gpu.Kernels.Operations;

namespace Gpu.Cli.Rendering;

/// <summary>Prints algorithms and kernels, and how they did.</summary>
internal static class KernelWriter
{
    /// <summary>The algorithms of a device, and the kernels.</summary>
    public static void WriteList(OutputFormat format, TextWriter output, Device device) =>
        new RowWriter<Entry>(
            new("kind", e => e.Kind),
            new("name", e => e.Name),
            new("detail", e => e.Detail, null, string.Empty)).Write(
                format, output, Schemas.Kernel,
                [
                    .. device.ConvolutionAlgorithms.Select(a => new Entry("algorithm", a.Name, Describe(a) + (device.AddedAlgorithms.Contains(a) ? $", of {a.GetType().Assembly.GetName().Name}" : string.Empty))),
                    .. HostKernel.All.Select(k => new Entry("cpu kernel", k.Name, "asm")),
                    .. DeviceKernel.All.Concat(DeviceKernel.Of(device.AddedAlgorithms)).Select(k => new Entry(
                        "gpu kernel", k.Name, Text($"ptx, sass{(k.IsPortable ? ", opencl" : string.Empty)}, from capability {k.Capability}"))),
                ]);

    /// <summary>Times of algorithms.</summary>
    public static void WriteTimes(OutputFormat format, TextWriter output, DeviceInfo device, DeviceRoofs roofs, IReadOnlyList<KernelResult> results)
    {
        if (format == OutputFormat.Table)
        {
            output.WriteLine($"{device.Id}: {device.Name}, {device.Driver}");
        }

        new RowWriter<Timed>(
            new("layer", r => r.Result.Trial.Name),
            new("algorithm", r => r.Result.Algorithm.Name),
            new("batch", r => r.Result.Trial.Specification.Input.Batch),
            new("median_ms", r => r.Statistics.Median, r => Text($"{r.Statistics.Median:F3}"), "median ms"),
            new("min_ms", r => r.Statistics.Minimum, r => Text($"{r.Statistics.Minimum:F3}"), "min"),
            new("spread", r => r.Statistics.Spread, r => Text($"{100 * r.Statistics.Spread:F0} %")),
            new("gflops", r => r.Gflops, r => Text($"{r.Gflops:F1}"), "GFLOP/s"),
            new("percent_of_peak", r => r.PercentOfPeak, r => Text($"{r.PercentOfPeak:F0}"), "% of peak"),
            new("relative_l2", r => r.Result.Error, r => Text($"{r.Result.Error:0.0E+0}{(r.Result.IsRight ? string.Empty : " WRONG")}"), "error")).Write(
                format, output, Schemas.Kernel, [.. results.Select(r => new Timed(r, roofs))]);
    }

    /// <summary>Errors of algorithms: summed up in a table, else of each case.</summary>
    public static void WriteChecks(OutputFormat format, TextWriter output, IReadOnlyList<KernelResult> results)
    {
        if (format == OutputFormat.Table)
        {
            new RowWriter<List<KernelResult>>(
                new("algorithm", g => g[0].Algorithm.Name),
                new("cases", g => g.Count),
                new("worst error", g => g[0].Error, g => Text($"{g[0].Error:0.0E+0}")),
                new("of case", g => g[0].Trial.Name),
                new("allowed", g => g[0].Algorithm.RelativeError, g => Text($"{g[0].Algorithm.RelativeError:0.0E+0}")),
                new(string.Empty, g => g.TrueForAll(r => r.IsRight) ? "right" : Text($"{g.Count(r => !r.IsRight)} WRONG"))).Write(
                    format, output, Schemas.Kernel, [.. results.GroupBy(r => r.Algorithm.Name).Select(g => g.OrderByDescending(r => double.IsNaN(r.Error) ? double.MaxValue : r.Error).ToList())]);
            return;
        }

        new RowWriter<KernelResult>(
            new("case", r => r.Trial.Name),
            new("algorithm", r => r.Algorithm.Name),
            new("relative_l2", r => r.Error, r => Text($"{r.Error:0.0E+0}"), "error"),
            new("allowed", r => r.Algorithm.RelativeError, r => Text($"{r.Algorithm.RelativeError:0.0E+0}")),
            new("right", r => r.IsRight)).Write(format, output, Schemas.Kernel, results);
    }

    private static string Describe(ConvolutionAlgorithm algorithm) => Text(
        $"{algorithm.ProductPrecision} products, {algorithm.WeightPrecision} weights, error below {algorithm.RelativeError:0.0E+0}{(algorithm.FusesMaxPool ? ", with the pool behind it" : string.Empty)}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Entry(string Kind, string Name, string Detail);

    private sealed class Timed(KernelResult result, DeviceRoofs roofs)
    {
        public KernelResult Result => result;

        public SampleStatistics Statistics { get; } = new(result.TimesMs);

        public double Gflops => result.Cost.Flops / Statistics.Median / 1e6;

        public double? PercentOfPeak => 100 * Gflops / (roofs.FlopsPerSecond(result.Algorithm.ProductPrecision) / 1e9);
    }
}
