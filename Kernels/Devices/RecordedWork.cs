namespace Gpu.Kernels.Devices;

/// <summary>Work that a device has recorded and queues again by one call. Used and disposed inside <see cref="Device.Enter"/>.</summary>
public abstract class RecordedWork : IDisposable
{
    /// <summary>Queues all of it, on the memory that it was recorded with.</summary>
    /// <exception cref="DeviceException">The device failed.</exception>
    public abstract void Replay();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases the recording, not the memory that it uses.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
