namespace Gpu.Kernels.Devices;

/// <summary>What this machine offers.</summary>
/// <param name="Present">Usable devices, families in the order in which <c>auto</c> prefers them.</param>
/// <param name="Missing">Families of which no device is usable.</param>
public sealed record DeviceListing(IReadOnlyList<DeviceInfo> Present, IReadOnlyList<MissingDevice> Missing);
