namespace Gpu.Kernels.Devices;

/// <summary>A device is absent, out of memory, or failed; the message is one sentence that says what to do.</summary>
public sealed class DeviceException : Exception
{
    /// <summary>An unexplained failure.</summary>
    public DeviceException()
    {
    }

    /// <summary>A failure with its sentence.</summary>
    public DeviceException(string message)
        : base(message)
    {
    }

    /// <summary>A failure with its sentence and cause.</summary>
    public DeviceException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Whether the device has not the memory that was asked for, and could do with less.</summary>
    public bool IsOutOfMemory { get; init; }
}
