namespace Gpu.Tests.Ptx;

/// <summary>The mbarriers of a block, and the bulk copies under way that report to them.</summary>
internal sealed class PtxBarriers(PtxSharedMemory memory, PtxOrder order)
{
    private readonly Dictionary<ulong, PtxPhaseBarrier> barriers = [];
    private readonly Dictionary<ulong, (int Agent, int Phases)> places = [];
    private readonly List<Copy> copies = [];
    // Copies arrive in any order; a fixed one makes a fault come again.
    private uint random = 1;

    /// <summary>Whether bulk copies are under way.</summary>
    public bool AnyCopies => copies.Count > 0;

    /// <summary>Begins the use of a barrier.</summary>
    /// <exception cref="PtxException">There is one, the count is out of range, or an access is at fault.</exception>
    public void Initialise(int thread, ulong address, ulong count)
    {
        memory.BeginBarrier(thread, address, PtxPhaseBarrier.Bytes);
        if (!places.TryGetValue(address, out var place))
        {
            place = (order.AddBarrier(), 0);
        }

        places[address] = place;
        barriers.Add(address, new PtxPhaseBarrier(order, place.Agent, address, place.Phases, thread, count));
    }

    /// <summary>Ends the use of a barrier.</summary>
    /// <exception cref="PtxException">There is none, or an access is not ordered before.</exception>
    public void Invalidate(int thread, ulong address)
    {
        var barrier = Find(thread, address);
        if (copies.Any(c => c.Barrier == barrier))
        {
            throw new PtxException("the mbarrier is invalidated while bulk copies to it are under way");
        }

        places[address] = (places[address].Agent, barrier.Phase);
        barriers.Remove(address);
        memory.EndBarrier(thread, address, PtxPhaseBarrier.Bytes);
    }

    /// <summary>The barrier at an address.</summary>
    /// <exception cref="PtxException">There is none, or its initialisation is not ordered before.</exception>
    public PtxPhaseBarrier Find(int thread, ulong address)
    {
        var barrier = barriers.GetValueOrDefault(address) ?? throw new PtxException($"no mbarrier was initialised at shared byte {(long)(address - PtxParser.SharedBase)}");
        barrier.CheckInitialised(thread);
        return barrier;
    }

    /// <summary>Makes what a thread initialised visible to bulk copies.</summary>
    public void FenceInitialisation(int thread)
    {
        foreach (var barrier in barriers.Values)
        {
            barrier.FenceInitialisation(thread);
        }
    }

    /// <summary>Begins a bulk copy to shared memory, which arrives when <see cref="Deliver"/> says.</summary>
    /// <exception cref="PtxException">An address or a size is not a multiple of 16, or an access is at fault.</exception>
    public void BeginCopy(PtxThread thread, ulong destination, ulong source, uint bytes, ulong barrierAddress)
    {
        if (bytes == 0 || bytes % PtxSharedMemory.RowBytes != 0 || source % PtxSharedMemory.RowBytes != 0)
        {
            throw new PtxException($"a bulk copy of {bytes} bytes from {source:x}, which are not multiples of {PtxSharedMemory.RowBytes}");
        }

        var barrier = Find(thread.Index, barrierAddress);
        barrier.CheckVisible(thread.Index);
        var values = new byte[bytes];
        for (var i = 0; i < values.Length; i += sizeof(ulong))
        {
            BitConverter.TryWriteBytes(values.AsSpan(i), thread.Block.Memory.Read(source + (ulong)i, sizeof(ulong)));
        }

        memory.BeginBulkCopy(thread.Index, destination, values.Length);
        copies.Add(new Copy(thread, thread.Next, barrier, destination, values));
    }

    /// <summary>Ends one of the copies under way.</summary>
    /// <exception cref="PtxException">Its mbarrier expects fewer bytes.</exception>
    public void Deliver()
    {
        random = (random * 1664525) + 1013904223;
        var index = (int)((random >> 8) % (uint)copies.Count);
        var copy = copies[index];
        copies.RemoveAt(index);
        try
        {
            copy.Barrier.EndCopy(memory, copy.Destination, copy.Values);
        }
        catch (PtxException fault)
        {
            throw copy.Thread.Block.Located(copy.Thread, copy.Instruction, fault);
        }
    }

    /// <summary>Checks that no copy is under way when the block ends.</summary>
    /// <exception cref="PtxException">One is.</exception>
    public void CheckEnd()
    {
        if (copies is [var copy, ..])
        {
            throw copy.Thread.Block.Located(copy.Thread, copy.Instruction, new PtxException("the block ends while the bulk copy is under way"));
        }
    }

    private sealed record Copy(PtxThread Thread, int Instruction, PtxPhaseBarrier Barrier, ulong Destination, byte[] Values);
}
