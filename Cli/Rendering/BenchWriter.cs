using System.Globalization;
using System.Text.Json;
using Gpu.Cli.Commands;

namespace Gpu.Cli.Rendering;

/// <summary>Prints measurements, and reads them again.</summary>
internal static class BenchWriter
{
    /// <summary>The names of a record's properties.</summary>
    private static readonly JsonSerializerOptions Json = new(JsonText.Options) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private static readonly RowWriter<BenchRecord> Rows = new(
        new("device", r => r.Device),
        new("threads", r => r.Threads),
        new("precision", r => r.Precision),
        new("batch", r => r.Batch),
        new("height", r => r.Height),
        new("width", r => r.Width),
        new("median_ms", r => r.MedianMs, r => Text($"{r.MedianMs:F2}{(r.Disturbance is null ? string.Empty : " !")}"), "median ms"),
        new("min_ms", r => r.MinMs, r => Text($"{r.MinMs:F2}"), "min"),
        new("p95_ms", r => r.P95Ms, r => Text($"{r.P95Ms:F2}"), "p95"),
        new("network_ms", r => r.NetworkMs, r => Text($"{r.NetworkMs:F2}"), "network"),
        new("spread", r => r.Spread, r => Text($"{100 * r.Spread:F0} %")),
        new("images_per_second", r => r.ImagesPerSecond, r => Text($"{r.ImagesPerSecond:F2}"), "images/s"),
        new("gflops", r => r.Gflops, r => Text($"{r.Gflops:F1}"), "GFLOP/s"),
        new("percent_of_peak", r => r.PercentOfPeak, r => Text($"{r.PercentOfPeak:F0}"), "% of peak"),
        new("relative_l2", r => r.RelativeL2, r => r.RelativeL2 is { } error ? Text($"{error:0.0E+0}") : string.Empty, "error"),
        new("top1_agreement", r => r.Top1Agreement, r => r.Top1Agreement is { } top1 ? Text($"{100 * top1:F0} %") : string.Empty, "top-1"));

    /// <summary>Prints all of them: JSON with everything that is known, the others with what fits into a row.</summary>
    public static void Write(OutputFormat format, TextWriter output, IReadOnlyList<BenchRecord> records)
    {
        if (format == OutputFormat.Json)
        {
            output.WriteLine(JsonSerializer.Serialize(records, Json));
            return;
        }

        if (format == OutputFormat.Table && records.Count > 0)
        {
            output.WriteLine(Text($"{records[0].Network}, {records[0].Parameters:N0} parameters; {records[0].Machine}"));
            foreach (var device in records.DistinctBy(r => (r.Device, r.Driver)))
            {
                output.WriteLine($"{device.Device}: {device.DeviceName}, {device.Driver}");
            }
        }

        Rows.Write(format, output, Schemas.Bench, records);
        if (format == OutputFormat.Table)
        {
            foreach (var record in records.Where(r => r.Disturbance is not null))
            {
                output.WriteLine($"! {record.Key}: disturbed, {record.Disturbance}.");
            }
        }
    }

    /// <summary>Reads what <see cref="OutputFormat.Json"/> wrote; also a single record.</summary>
    /// <exception cref="UsageException">The file cannot be read or holds no records.</exception>
    public static IReadOnlyList<BenchRecord> Read(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(path));
            return document.RootElement.ValueKind == JsonValueKind.Array
                ? document.RootElement.Deserialize<List<BenchRecord>>(Json)!
                : [document.RootElement.Deserialize<BenchRecord>(Json)!];
        }
        catch (JsonException exception)
        {
            throw new UsageException($"'{path}' holds no records of 'vgg bench --format json' ({exception.Message.TrimEnd('.')}).");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"'{path}' cannot be read ({exception.Message.TrimEnd('.')}).");
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
