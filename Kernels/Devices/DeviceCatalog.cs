using Gpu.Kernels.Host;

namespace Gpu.Kernels.Devices;

public sealed record DeviceOptions { public int? Threads { get; init; } }
public sealed record DeviceListing(IReadOnlyList<DeviceInfo> Present, IReadOnlyList<MissingDevice> Missing);
public static class DeviceCatalog
{
    public static DeviceListing List() { using var d = new HostDevice(); return new([d.Info], []); }
    public static Device Open(string id, DeviceOptions? options = null) => id is "cpu" or "auto" ? new HostDevice(new HostOptions { Threads = options?.Threads }) : throw new DeviceException($"Device '{id}' is not present; present: cpu.");
}
