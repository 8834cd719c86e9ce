using Gpu.Kernels.Cuda;
using Gpu.Kernels.Host;
using Gpu.Kernels.Portable;

namespace Gpu.Kernels.Devices;

/// <summary>The devices of this machine: listing them, and opening one by its id.</summary>
public static class DeviceCatalog
{
    /// <summary>Id that stands for the best device present: the first CUDA device, else an OpenCL GPU, else the CPU.</summary>
    public const string Automatic = "auto";

    /// <summary>In the order in which <see cref="Automatic"/> prefers them.</summary>
    private static readonly IDeviceFamily[] Families =
    [
        new CudaFamily(),
        new OpenClFamily(),
        new HostFamily(),
        new SimulatorFamily(),
    ];

    /// <summary>Finds all devices; opens none of them.</summary>
    public static DeviceListing List()
    {
        var listings = Families.Select(f => f.List()).ToList();
        return new DeviceListing([.. listings.SelectMany(l => l.Present)], [.. listings.SelectMany(l => l.Missing)]);
    }

    /// <summary>Opens a device. There is no fallback to another one.</summary>
    /// <param name="id"><c>auto</c>, a listed id such as <c>cuda:1</c>, or a family's name for its first device.</param>
    /// <param name="options">Choices; null takes the defaults.</param>
    /// <exception cref="DeviceException">The id is malformed, or that device is absent or cannot be opened.</exception>
    /// <exception cref="KernelLibraryException">A provider of algorithms fails.</exception>
    public static Device Open(string id, DeviceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(id);
        options ??= new DeviceOptions();
        if (id == Automatic)
        {
            return OpenAutomatic(options);
        }

        var family = Families.FirstOrDefault(f => id == f.Name || id.StartsWith(f.Name + ":", StringComparison.Ordinal))
            ?? throw new DeviceException($"There is no device '{id}'; {Choices()}.");
        var listing = family.List();
        var device = listing.Present.FirstOrDefault(d => d.Id == id || family.Name == id);
        if (device is null)
        {
            var reason = string.Concat(listing.Missing.Select(m => " " + m.Reason));
            throw new DeviceException($"There is no device '{id}'; {Choices()}.{reason}");
        }

        return Open(family, device, options);
    }

    private static Device Open(IDeviceFamily family, DeviceInfo info, DeviceOptions options)
    {
        var device = family.Open(info, options);
        try
        {
            foreach (var provider in options.AlgorithmProviders)
            {
                device.Add(provider);
            }

            return device;
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    private static Device OpenAutomatic(DeviceOptions options)
    {
        foreach (var family in Families)
        {
            if (family.Automatic(family.List().Present) is { } device)
            {
                return Open(family, device, options);
            }
        }

        throw new DeviceException($"No device is fit for '{Automatic}'; {Choices()}.");
    }

    private static string Choices() =>
        $"present are {string.Join(", ", List().Present.Select(d => d.Id))}, and '{Automatic}' picks the best";
}
