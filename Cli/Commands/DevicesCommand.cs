using System.CommandLine;
using Gpu.Cli.Rendering;
using Gpu.Kernels.Devices;
using Spectre.Console;

namespace Gpu.Cli.Commands;

/// <summary><c>vgg devices</c></summary>
internal static class DevicesCommand
{
    public static Command Create()
    {
        var command = new Command(
            "devices",
            """
            List the devices that can run the network, and what is missing for the others.

            Examples:
              vgg devices
            """);
        command.SetAction(parsed =>
        {
            Print(parsed.InvocationConfiguration.Output, DeviceCatalog.List());
            return ExitCode.Success;
        });
        return command;
    }

    private static void Print(TextWriter output, DeviceListing listing)
    {
        var table = TextTable.Create("device", "name", "memory", "driver");
        foreach (var device in listing.Present)
        {
            table.AddRow(new Text(device.Id), new Text(device.Name), new Text(MemorySize.Format(device.MemoryBytes)), new Text(device.Driver));
        }

        TextTable.Print(output, table);
        foreach (var missing in listing.Missing)
        {
            output.WriteLine($"no {missing.Kind.ToString().ToLowerInvariant()}: {missing.Reason}");
        }
    }
}
