using System.CommandLine;
using System.Globalization;
using Gpu.Cli.Laboratory;
using Gpu.Cli.Rendering;
using Gpu.Kernels.Devices;

namespace Gpu.Cli.Commands;

/// <summary><c>vgg roofs</c></summary>
internal static class RoofsCommand
{
    public static Command Create()
    {
        var compute = new ComputeOptions();
        var measure = new Option<bool>("--measure") { Description = "Measure anew what is remembered." };
        var format = FormatOption.Create(OutputFormat.Table, OutputFormat.Json, OutputFormat.Csv, OutputFormat.Markdown);
        var command = new Command(
            "roofs",
            """
            Measure what a device can do at the most. Multiply-adds, memory, copies and launches are measured once by kernels that do nothing else, and remembered in roofs.json beside fetched weights. They are the 100 % of vgg bench, vgg profile and vgg kernels.

            Examples:
              vgg roofs
              vgg roofs --device cuda:0 --measure
            """)
        {
            measure, format,
        };
        compute.AddDeviceTo(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                using var device = compute.OpenDevice(parsed);
                var roofs = RememberedRoofs.Of(device, parsed.GetValue(measure), GlobalOptions.Notices(parsed), cancellationToken);
                var (kind, output) = (parsed.GetValue(format), parsed.InvocationConfiguration.Output);
                if (kind == OutputFormat.Table)
                {
                    output.WriteLine($"{device.Info.Id}: {device.Info.Name}, {device.Info.Driver}");
                }

                new RowWriter<Roof>(
                    new("name", r => r.Name, null, "roof"),
                    new("value", r => r.Value, Format, string.Empty),
                    new("unit", r => UnitOf(r.Unit), _ => string.Empty, string.Empty)).Write(kind, output, Schemas.Roofs, roofs.Items);
                return ExitCode.Success;
            },
            cancellationToken));
        return command;
    }

    private static string UnitOf(RoofUnit unit) => unit switch
    {
        RoofUnit.FlopsPerSecond => "flop/s",
        RoofUnit.BytesPerSecond => "byte/s",
        _ => "s",
    };

    private static string Format(Roof roof) => roof.Unit switch
    {
        RoofUnit.FlopsPerSecond => string.Create(CultureInfo.InvariantCulture, $"{roof.Value / 1e9:N1} GFLOP/s"),
        RoofUnit.BytesPerSecond => string.Create(CultureInfo.InvariantCulture, $"{roof.Value / 1e9:N1} GB/s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{roof.Value * 1e6:F2} us"),
    };
}
