using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Kernels.Portable;

/// <summary>
/// Memory for what operations compute on the way, shared by all of a device, which run one after another on its one stream: as large as the
/// most that one of them needs. It is replaced when one needs more; a recording's launches have its addresses, so that what they use stays
/// as long as the recording. Used inside <see cref="Devices.Device.Enter"/>.
/// </summary>
internal sealed class AcceleratorScratch(AcceleratorMemory memory)
{
    private readonly List<long> needs = [];
    private Block? current;

    /// <summary>Sees to memory for an operation.</summary>
    /// <param name="elements">Values that it needs, 1 or more.</param>
    /// <returns>Gives the memory up.</returns>
    /// <exception cref="Devices.DeviceException">The device has not that much.</exception>
    public IDisposable Reserve(long elements)
    {
        needs.Add(elements);
        var need = new Held(() => GiveUp(elements));
        try
        {
            _ = View(elements);
            return need;
        }
        catch
        {
            need.Dispose();
            throw;
        }
    }

    /// <summary>The memory, of undefined content, for an operation that is queued next.</summary>
    /// <param name="elements">Values that it has reserved.</param>
    /// <exception cref="Devices.DeviceException">The memory was given up for an operation that needed more than there is, and others have taken it.</exception>
    public ArrayView<float> View(long elements)
    {
        if (current is null || current.Memory.Length < elements)
        {
            Replace(null);
            Replace(new Block(memory.Allocate<float>(needs.Max())));
        }

        return current!.Memory.View.SubView(0, elements);
    }

    /// <summary>Keeps the memory of what is recorded next in its place.</summary>
    /// <returns>Ends that.</returns>
    /// <exception cref="Devices.DeviceException">As <see cref="View"/> throws.</exception>
    public IDisposable Keep()
    {
        if (needs.Count > 0)
        {
            _ = View(needs.Max());
        }

        var kept = current;
        kept?.Holders += 1;
        return new Held(() => Release(kept));
    }

    private void GiveUp(long elements)
    {
        needs.Remove(elements);
        if (needs.Count == 0)
        {
            Replace(null);
        }
    }

    private void Replace(Block? next)
    {
        var previous = current;
        current = next;
        Release(previous);
    }

    private void Release(Block? block)
    {
        if (block is not null && --block.Holders == 0)
        {
            memory.Free(block.Memory);
        }
    }

    /// <summary>Memory, and how many hold it: this as long as it is the current, and recordings.</summary>
    private sealed class Block(MemoryBuffer1D<float, Stride1D.Dense> memory)
    {
        public MemoryBuffer1D<float, Stride1D.Dense> Memory => memory;

        public int Holders { get; set; } = 1;
    }

    /// <summary>Something to give up once.</summary>
    private sealed class Held(Action release) : IDisposable
    {
        private Action? release = release;

        public void Dispose() => Interlocked.Exchange(ref release, null)?.Invoke();
    }
}
