using Gpu.Kernels.Devices;

namespace Gpu.Kernels.Host;

/// <summary>This machine's processor, always present.</summary>
internal sealed class HostFamily : IDeviceFamily
{
    public string Name => "cpu";

    public DeviceListing List()
    {
        using var device = new HostDevice();
        return new DeviceListing([device.Info], []);
    }

    public DeviceInfo? Automatic(IReadOnlyList<DeviceInfo> present) => present[0];

    public Device Open(DeviceInfo device, DeviceOptions options) => new HostDevice(new HostOptions { Threads = options.Threads });
}
