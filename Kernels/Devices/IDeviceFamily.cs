namespace Gpu.Kernels.Devices;

/// <summary>One kind of device: how its devices are found and opened. A new family is a file and a line in <see cref="DeviceCatalog"/>.</summary>
internal interface IDeviceFamily
{
    /// <summary>First part of its devices' ids, for example <c>cuda</c>; by itself it means the first of them.</summary>
    string Name { get; }

    /// <summary>Finds the devices. Never throws for what the machine lacks: that is a <see cref="MissingDevice"/>.</summary>
    DeviceListing List();

    /// <summary>Which of the present devices <c>auto</c> takes; null leaves the choice to the next family.</summary>
    DeviceInfo? Automatic(IReadOnlyList<DeviceInfo> present);

    /// <summary>Opens a device that <see cref="List"/> returned.</summary>
    /// <exception cref="DeviceException">It cannot be opened.</exception>
    Device Open(DeviceInfo device, DeviceOptions options);
}
