using Gpu.Kernels.Devices;
using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Kernels.Portable;

/// <summary>An accelerator's memory: what is allocated, and copies to and from it on the device's stream.</summary>
internal sealed class AcceleratorMemory(AcceleratorDevice device)
{
    private long allocatedBytes;

    /// <summary>Bytes allocated and not yet freed.</summary>
    public long AllocatedBytes => Interlocked.Read(ref allocatedBytes);

    /// <summary>Where a view begins in the device's memory.</summary>
    public static nint AddressOf<TView>(TView view)
        where TView : IContiguousArrayView => view.Buffer.NativePtr + (nint)view.IndexInBytes;

    /// <summary>Allocates device memory after comparing with what is there, because drivers overcommit or fail late.</summary>
    /// <exception cref="DeviceException">The device has not that much.</exception>
    public MemoryBuffer1D<T, Stride1D.Dense> Allocate<T>(long elements)
        where T : unmanaged
    {
        var bytes = checked(elements * Interop.SizeOf<T>());
        var available = device.LargestAllocation();
        if (bytes > available)
        {
            throw new DeviceException(
                $"{device.Info.Id} ({device.Info.Name}) cannot allocate {bytes:N0} bytes, {available:N0} are available; use smaller pictures or batches, or another device.")
            {
                IsOutOfMemory = true,
            };
        }

        var memory = device.Guard($"allocate {bytes:N0} bytes", () => device.Accelerator.Allocate1D<T>(elements));
        Interlocked.Add(ref allocatedBytes, memory.LengthInBytes);
        return memory;
    }

    /// <summary>Frees memory of <see cref="Allocate"/>.</summary>
    public void Free<T>(MemoryBuffer1D<T, Stride1D.Dense> memory)
        where T : unmanaged
    {
        if (!memory.IsDisposed)
        {
            Interlocked.Add(ref allocatedBytes, -memory.LengthInBytes);
            AcceleratorDevice.Release(memory);
        }
    }

    /// <summary>Allocates memory and fills it straight from the caller's, which may be a mapped file.</summary>
    /// <exception cref="DeviceException">The device has not that much, or the copy failed.</exception>
    public MemoryBuffer1D<T, Stride1D.Dense> Upload<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var memory = Allocate<T>(values.Length);
        try
        {
            Upload(values, memory.View);
            return memory;
        }
        catch
        {
            Free(memory);
            throw;
        }
    }

    /// <summary>Copies to the device; the source may change when this returns.</summary>
    /// <param name="source">What to copy.</param>
    /// <param name="destination">Memory of as many elements or more.</param>
    /// <param name="lastUse">The last use of the destination; if null all that is queued may use it.</param>
    /// <exception cref="DeviceException">The copy failed.</exception>
    public void Upload<T>(ReadOnlySpan<T> source, ArrayView<T> destination, LastUse? lastUse = null)
        where T : unmanaged
    {
        try
        {
            device.Copy(source, destination.SubView(0, source.Length), lastUse);
        }
        catch (Exception failure) when (AcceleratorDevice.IsFailure(failure))
        {
            throw device.Failed("copy to its memory", failure);
        }
    }

    /// <summary>Waits for the device and copies from it.</summary>
    public void Download<T>(ArrayView<T> source, Span<T> destination)
        where T : unmanaged
    {
        try
        {
            source.SubView(0, destination.Length).CopyToCPU(device.Stream, destination);
            device.Stream.Synchronize();
        }
        catch (Exception failure) when (AcceleratorDevice.IsFailure(failure))
        {
            throw device.Failed("copy from its memory", failure);
        }
    }
}
