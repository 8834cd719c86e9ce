using System.Collections.Concurrent;

namespace Gpu.Kernels.Host;

/// <summary>
/// Memory for what an operation computes on the way, shared by all operations of a device, so that it stays in the caches: as many
/// buffers as were ever in use at once, each as large as the largest that it was.
/// </summary>
internal sealed class HostScratch : IDisposable
{
    private readonly ConcurrentStack<HostBuffer> idle = [];

    /// <summary>Borrows memory of undefined content.</summary>
    public HostBuffer Rent(long bytes)
    {
        if (idle.TryPop(out var buffer))
        {
            if (buffer.Bytes >= bytes)
            {
                return buffer;
            }

            buffer.Dispose();
        }

        return new HostBuffer(bytes);
    }

    /// <summary>Gives memory back.</summary>
    public void Return(HostBuffer buffer) => idle.Push(buffer);

    public void Dispose()
    {
        while (idle.TryPop(out var buffer))
        {
            buffer.Dispose();
        }
    }
}
