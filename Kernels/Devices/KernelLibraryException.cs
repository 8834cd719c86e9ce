namespace Gpu.Kernels.Devices;

/// <summary>A library of algorithms from outside cannot be used; the message is one sentence that says why.</summary>
public sealed class KernelLibraryException : Exception
{
    /// <summary>An unexplained failure.</summary>
    public KernelLibraryException()
    {
    }

    /// <summary>A failure with its sentence.</summary>
    public KernelLibraryException(string message)
        : base(message)
    {
    }

    /// <summary>A failure with its sentence and cause.</summary>
    public KernelLibraryException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
