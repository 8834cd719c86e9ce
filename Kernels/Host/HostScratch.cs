namespace Gpu.Kernels.Host;

/// <summary>
/// Memory for what an operation computes on the way, shared by all operations of a device, so that it stays in the caches: as many
/// buffers as were ever in use at once. A request gets the smallest that is large enough, so that only large ones make buffers grow.
/// </summary>
internal sealed class HostScratch : IDisposable
{
    /// <summary>Those that nobody uses, the smallest first.</summary>
    private readonly List<HostBuffer> idle = [];

    /// <summary>Borrows memory of undefined content.</summary>
    public HostBuffer Rent(long bytes)
    {
        lock (idle)
        {
            var index = FirstOf(bytes);
            if (index < idle.Count)
            {
                var buffer = idle[index];
                idle.RemoveAt(index);
                return buffer;
            }

            // The largest makes way for a larger one.
            if (idle.Count > 0)
            {
                idle[^1].Dispose();
                idle.RemoveAt(idle.Count - 1);
            }
        }

        return new HostBuffer(bytes);
    }

    /// <summary>Gives memory back.</summary>
    public void Return(HostBuffer buffer)
    {
        lock (idle)
        {
            idle.Insert(FirstOf(buffer.Bytes), buffer);
        }
    }

    public void Dispose()
    {
        lock (idle)
        {
            idle.ForEach(b => b.Dispose());
            idle.Clear();
        }
    }

    /// <summary>Index of the smallest that has so many bytes, or their number; for every item of work, so without a delegate.</summary>
    private int FirstOf(long bytes)
    {
        var index = 0;
        while (index < idle.Count && idle[index].Bytes < bytes)
        {
            index++;
        }

        return index;
    }
}
