using System.CommandLine;
using Gpu.Kernels.Devices;

namespace Gpu.Cli.Commands;

/// <summary>The option of where a network is computed.</summary>
internal static class DeviceOption
{
    /// <summary>Makes the option; a shell completes the devices that are present.</summary>
    public static Option<string> Create()
    {
        var option = new Option<string>("--device", "-d")
        {
            Description = "auto, or one that 'vgg devices' lists, such as cuda:0.",
            HelpName = "DEVICE",
            DefaultValueFactory = _ => DeviceCatalog.Automatic,
        };
        option.CompletionSources.Add(_ => DeviceCatalog.List().Present.Select(d => d.Id).Prepend(DeviceCatalog.Automatic));
        return option;
    }
}
