using System.Globalization;
using System.Text.Json;
using Gpu.Cli.Commands;
using Spectre.Console;

namespace Gpu.Cli.Rendering;

/// <summary>Prints a measurement.</summary>
internal static class BenchWriter
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    /// <summary>Prints one document, or a few lines.</summary>
    public static void Write(OutputFormat format, TextWriter output, BenchRecord record)
    {
        if (format == OutputFormat.Json)
        {
            output.WriteLine(JsonSerializer.Serialize(record, Json));
            return;
        }

        output.WriteLine(Text($"{record.Network}, {record.Parameters:N0} parameters, {record.Precision}, on {record.Device} ({record.DeviceName}, {record.Driver})"));
        output.WriteLine(Text($"{record.Batch} x {record.Height}x{record.Width}  median {record.MedianMs:F2} ms  min {record.MinMs:F2}  max {record.MaxMs:F2}  of {record.Runs} runs, {record.ImagesPerSecond:F2} images/s"));
        output.WriteLine(Text($"first run {record.FirstMs:F0} ms, loading {record.LoadMs:F0} ms"));
        if (record.Layers is { } layers)
        {
            var table = TextTable.Create("layer", "algorithm", "ms", "GFLOP/s");
            foreach (var layer in layers)
            {
                table.AddRow(new Text(layer.Layer), new Text(layer.Algorithm), new Text(Text($"{layer.MedianMs:F3}")), new Text(Text($"{layer.GigaflopsPerSecond:F1}")));
            }

            TextTable.Print(output, table);
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
