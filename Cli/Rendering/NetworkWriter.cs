using System.Globalization;
using Gpu.Cli.Commands;
using Gpu.Engine.Networks;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Checkpoints;
using Spectre.Console;

namespace Gpu.Cli.Rendering;

/// <summary>Prints what a network is.</summary>
internal static class NetworkWriter
{
    private const double Kilo = 1e3;

    private const double Mega = 1e6;

    private static readonly string[] Headings = ["layer", "kernel", "output", "parameters", "Mflop", "activations", "algorithm"];

    public static void Write(OutputFormat format, TextWriter output, Checkpoint checkpoint, DeviceInfo device, NetworkDescription network)
    {
        switch (format)
        {
            case OutputFormat.Json:
                WriteJson(output, checkpoint, device, network);
                break;
            case OutputFormat.Csv:
                WriteCsv(output, network);
                break;
            case OutputFormat.Markdown:
                WriteMarkdown(output, checkpoint, device, network);
                break;
            default:
                WriteText(output, checkpoint, device, network);
                break;
        }
    }

    private static void WriteText(TextWriter output, Checkpoint checkpoint, DeviceInfo device, NetworkDescription network)
    {
        output.WriteLine(Title(checkpoint, network));
        var table = TextTable.Create(Headings);
        foreach (var (index, column) in table.Columns.Index())
        {
            column.Alignment = IsNumber(index) ? Justify.Right : Justify.Left;
        }

        foreach (var row in Rows(network))
        {
            table.AddRow(row.Select(cell => new Text(cell)));
        }

        TextTable.Print(output, table);
        output.WriteLine(Memory(device, network));
    }

    private static void WriteMarkdown(TextWriter output, Checkpoint checkpoint, DeviceInfo device, NetworkDescription network)
    {
        output.WriteLine(MarkdownText.Cell(Title(checkpoint, network)));
        output.WriteLine();
        output.WriteLine($"| {string.Join(" | ", Headings)} |");
        output.WriteLine($"|{string.Join('|', Headings.Select((_, index) => IsNumber(index) ? "--:" : "---"))}|");
        foreach (var row in Rows(network))
        {
            output.WriteLine($"| {string.Join(" | ", row.Select(MarkdownText.Cell))} |");
        }

        output.WriteLine();
        output.WriteLine(MarkdownText.Cell(Memory(device, network)));
    }

    private static void WriteCsv(TextWriter output, NetworkDescription network)
    {
        output.WriteLine("layer,kernel,height,width,channels,parameters,flops,activation_bytes,algorithm");
        foreach (var layer in network.Layers)
        {
            output.WriteLine(Text(
                $"{layer.Name},{layer.KernelSize},{layer.Output.Height},{layer.Output.Width},{layer.Output.Channels},{layer.Parameters},{layer.Flops},{layer.ActivationBytes},{layer.Algorithm}"));
        }
    }

    private static void WriteJson(TextWriter output, Checkpoint checkpoint, DeviceInfo device, NetworkDescription network) =>
        output.WriteLine(JsonText.Serialize(new
        {
            Schema = Schemas.Inspect,
            File = checkpoint.Path,
            Format = checkpoint.Format.ToString(),
            network.Network,
            network.Source,
            network.Classes,
            network.Input.Height,
            network.Input.Width,
            network.Parameters,
            network.Flops,
            Device = device.Id,
            Memory = new { network.ParameterBytes, network.ParameterBytesInPlace, network.ActivationBytes, network.PeakBytes },
            Layers = network.Layers.Select(l => new
            {
                l.Name,
                Kernel = l.KernelSize,
                l.Output.Height,
                l.Output.Width,
                l.Output.Channels,
                l.Parameters,
                l.Flops,
                l.ActivationBytes,
                l.Algorithm,
            }),
        }));

    private static bool IsNumber(int column) => Headings[column] is "parameters" or "Mflop" or "activations";

    private static string Title(Checkpoint checkpoint, NetworkDescription network) =>
        Text($"{checkpoint.Path}  {network.Network} of {network.Source}  {checkpoint.Format}  {network.Classes} classes  input {network.Input.Height}x{network.Input.Width}");

    private static string Memory(DeviceInfo device, NetworkDescription network)
    {
        var mapped = network.ParameterBytesInPlace > 0 ? $" (and {Megabytes(network.ParameterBytesInPlace)} in the mapped file)" : string.Empty;
        return $"on {device.Id}: parameters {Megabytes(network.ParameterBytes)}{mapped}, activations {Megabytes(network.ActivationBytes)}; {Megabytes(network.PeakBytes)} at the peak of a run";
    }

    private static IEnumerable<string[]> Rows(NetworkDescription network) => network.Layers
        .Select(l => (string[])
        [
            l.Name, $"{l.KernelSize}x{l.KernelSize}", Format(l.Output), Text($"{l.Parameters:N0}"), Text($"{l.Flops / Mega:N1}"),
            Kilobytes(l.ActivationBytes), l.Algorithm,
        ])
        .Append(["total", "", "", Text($"{network.Parameters:N0}"), Text($"{network.Flops / Mega:N1}"), Kilobytes(network.Layers.Sum(l => l.ActivationBytes)), ""]);

    private static string Format(Shape output) => Text($"{output.Height}x{output.Width}x{output.Channels}");

    private static string Kilobytes(long bytes) => Text($"{bytes / Kilo:N0} kB");

    private static string Megabytes(long bytes) => Text($"{bytes / Mega:N1} MB");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
