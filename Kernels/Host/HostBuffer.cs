using System.Runtime.InteropServices;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Tensors;

namespace Gpu.Kernels.Host;

/// <summary>Native memory aligned to a cache line, which is also the largest vector.</summary>
internal sealed unsafe class HostBuffer : DeviceBuffer
{
    private const int Alignment = 64;

    private float* start;

    /// <exception cref="DeviceException">There is not that much memory.</exception>
    public HostBuffer(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (bytes > available)
        {
            throw NotEnough(bytes, available);
        }

        try
        {
            start = (float*)NativeMemory.AlignedAlloc((nuint)bytes, Alignment);
        }
        catch (OutOfMemoryException)
        {
            throw NotEnough(bytes, available);
        }

        Bytes = bytes;
        GC.AddMemoryPressure(Math.Max(1, bytes));
    }

    ~HostBuffer() => Dispose(false);

    public override long Bytes { get; }

    /// <exception cref="ObjectDisposedException">The memory is released.</exception>
    public float* Start
    {
        get
        {
            ObjectDisposedException.ThrowIf(start is null, this);
            return start;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (start is not null)
        {
            NativeMemory.AlignedFree(start);
            start = null;
            GC.RemoveMemoryPressure(Math.Max(1, Bytes));
        }
    }

    private static DeviceException NotEnough(long bytes, long available) =>
        new($"The cpu has not enough memory: {bytes} bytes are needed at once, and the process may use {available}; try a smaller picture or batch.");
}
