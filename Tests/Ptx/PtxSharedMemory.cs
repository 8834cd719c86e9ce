namespace Gpu.Tests.Ptx;

/// <summary>
/// A block's shared memory. A byte that one agent writes may be accessed by another only if the one access happens before the other;
/// what an asynchronous copy is still to bring may be accessed by none, and what an asynchronous product may still read is written by none.
/// </summary>
internal sealed class PtxSharedMemory
{
    /// <summary>Bytes that asynchronous products read at once, and that bulk copies are multiples of.</summary>
    public const int RowBytes = 16;

    private const int Nobody = -1;

    private readonly byte[] contents;
    private readonly Access[] accesses;
    private readonly PtxOrder order;
    private readonly PtxReaders readers = new();
    private int[]? productReads;

    public PtxSharedMemory(int bytes, PtxOrder order)
    {
        contents = new byte[bytes];
        accesses = [.. Enumerable.Repeat(new Access { Writer = Nobody }, bytes)];
        this.order = order;
    }

    private enum Holder : byte
    {
        /// <summary>Whoever accesses it in order.</summary>
        Threads,

        /// <summary>A copy that has not been waited for.</summary>
        Copy,

        /// <summary>An mbarrier.</summary>
        Barrier,
    }

    /// <summary>Forgets reads that a barrier of the whole block orders before all that follows.</summary>
    public void ForgetReads() => readers.Clear();

    /// <summary>Reads bytes that were written before.</summary>
    /// <exception cref="PtxException">They lie outside, are not aligned, were never written, or the write is not ordered before.</exception>
    public ulong Read(int thread, ulong address, int bytes)
    {
        var start = Place(address, bytes, bytes);
        var clock = order.Of(thread);
        ulong bits = 0;
        for (var i = start; i < start + bytes; i++)
        {
            ref var access = ref accesses[i];
            CheckWritten(i, access);
            CheckWriter(clock, i, access);
            access.Readers = readers.Add(access.Readers, thread, clock, order.Now);
            bits |= (ulong)contents[i] << (8 * (i - start));
        }

        return bits;
    }

    /// <summary>Reads a row of a matrix for an asynchronous product, which may go on reading it until the product has been waited for.</summary>
    /// <param name="warpgroup">Whose product it is.</param>
    /// <param name="product">The product's number, from 1.</param>
    /// <param name="clock">What all threads of the warpgroup know.</param>
    /// <param name="address">Of <see cref="RowBytes"/>, aligned to as many.</param>
    /// <exception cref="PtxException">As for <see cref="Read"/>, or a thread's write was not made visible to the asynchronous proxy.</exception>
    public ReadOnlySpan<byte> ReadRow(int warpgroup, int product, PtxClock clock, ulong address)
    {
        var start = Place(address, RowBytes, RowBytes);
        Access? seen = null;
        for (var i = start; i < start + RowBytes; i++)
        {
            if (accesses[i] != seen)
            {
                CheckWritten(i, accesses[i]);
                CheckWriter(clock, i, accesses[i]);
                CheckVisible(clock, i, accesses[i]);
                seen = accesses[i];
            }
        }

        productReads ??= new int[(contents.Length + RowBytes - 1) / RowBytes * order.Warpgroups];
        productReads[(start / RowBytes * order.Warpgroups) + warpgroup] = product;
        return contents.AsSpan(start, RowBytes);
    }

    /// <summary>Writes bytes.</summary>
    /// <exception cref="PtxException">They lie outside, are not aligned, or another's access is not ordered before.</exception>
    public void Write(int thread, ulong address, int bytes, ulong bits)
    {
        var start = Place(address, bytes, bytes);
        CheckOthers(order.Of(thread), start, bytes);
        for (var i = start; i < start + bytes; i++)
        {
            accesses[i].Writer = thread;
            accesses[i].WriteTime = order.Now;
            contents[i] = (byte)(bits >> (8 * (i - start)));
        }
    }

    /// <summary>Marks bytes that an asynchronous copy will bring.</summary>
    /// <exception cref="PtxException">They lie outside, are not aligned, or another's access is not ordered before.</exception>
    public void BeginCopy(int thread, ulong address, int bytes)
    {
        var start = Place(address, bytes, bytes);
        CheckOthers(order.Of(thread), start, bytes);
        Hold(start, bytes, Holder.Copy);
    }

    /// <summary>Brings the bytes of an asynchronous copy that a thread has waited for.</summary>
    public void EndCopy(int thread, ulong address, ReadOnlySpan<byte> values) => Deliver(address, values, thread, order.Now);

    /// <summary>Marks bytes that a bulk copy will bring, which the asynchronous proxy writes.</summary>
    /// <exception cref="PtxException">As for <see cref="BeginCopy"/>, or a thread's write was not made visible to the asynchronous proxy.</exception>
    public void BeginBulkCopy(int thread, ulong address, int bytes)
    {
        var start = Place(address, bytes, RowBytes);
        var clock = order.Of(thread);
        CheckOthers(clock, start, bytes);
        for (var i = start; i < start + bytes; i++)
        {
            CheckVisible(clock, i, accesses[i]);
        }

        Hold(start, bytes, Holder.Copy);
    }

    /// <summary>Brings the bytes of a bulk copy, for those who know that its mbarrier has completed a number of phases.</summary>
    public void EndBulkCopy(ulong address, ReadOnlySpan<byte> values, int barrier, int phases) => Deliver(address, values, barrier, phases);

    /// <summary>Gives bytes to an mbarrier; nothing else accesses them.</summary>
    /// <exception cref="PtxException">As for <see cref="Write"/>.</exception>
    public void BeginBarrier(int thread, ulong address, int bytes)
    {
        Write(thread, address, bytes, 0);
        Hold(Place(address, bytes, bytes), bytes, Holder.Barrier);
    }

    /// <summary>Takes bytes from an mbarrier; what they hold is nothing.</summary>
    public void EndBarrier(int thread, ulong address, int bytes)
    {
        var start = Place(address, bytes, bytes);
        Hold(start, bytes, Holder.Threads);
        Write(thread, address, bytes, 0);
    }

    private void Deliver(ulong address, ReadOnlySpan<byte> values, int writer, int time)
    {
        var start = (int)(address - PtxParser.SharedBase);
        values.CopyTo(contents.AsSpan(start));
        for (var i = start; i < start + values.Length; i++)
        {
            accesses[i].Writer = writer;
            accesses[i].WriteTime = time;
            accesses[i].Holder = Holder.Threads;
        }
    }

    private void Hold(int start, int bytes, Holder holder)
    {
        for (var i = start; i < start + bytes; i++)
        {
            accesses[i].Holder = holder;
        }
    }

    private static void CheckHolder(int i, in Access access)
    {
        if (access.Holder != Holder.Threads)
        {
            throw new PtxException(access.Holder == Holder.Copy
                ? $"shared byte {i} is accessed before the copy to it has been waited for" : $"shared byte {i} is accessed and belongs to an mbarrier");
        }
    }

    private static void CheckWritten(int i, in Access access)
    {
        CheckHolder(i, access);
        if (access.Writer == Nobody)
        {
            throw new PtxException($"shared byte {i} is read and was never written");
        }
    }

    private void CheckWriter(PtxClock clock, int i, in Access access)
    {
        if (access.Writer != Nobody && !clock.Covers(access.Writer, access.WriteTime))
        {
            throw new PtxException(order.IsBarrier(access.Writer)
                ? $"shared byte {i} was brought by a bulk copy whose mbarrier has not been waited for: a race"
                : $"shared byte {i} was written by thread {access.Writer} with no barrier between: a race");
        }
    }

    private void CheckVisible(PtxClock clock, int i, in Access access)
    {
        if (access.Writer != Nobody && !order.IsBarrier(access.Writer) && !order.IsFenced(access.Writer, access.WriteTime, clock))
        {
            throw new PtxException(
                $"shared byte {i} was written by thread {access.Writer}, which did not make it visible to the asynchronous proxy: no fence.proxy.async after the write");
        }
    }

    private void CheckOthers(PtxClock clock, int start, int bytes)
    {
        for (var i = start; i < start + bytes; i++)
        {
            ref readonly var access = ref accesses[i];
            CheckHolder(i, access);
            CheckWriter(clock, i, access);
            foreach (var (reader, time) in readers.Of(access.Readers))
            {
                if (!clock.Covers(reader, time))
                {
                    throw new PtxException($"shared byte {i} was read by thread {reader} with no barrier between: a race");
                }
            }
        }

        CheckProducts(clock, start, bytes);
    }

    private void CheckProducts(PtxClock clock, int start, int bytes)
    {
        if (productReads is null)
        {
            return;
        }

        for (var row = start / RowBytes; row * RowBytes < start + bytes; row++)
        {
            for (var warpgroup = 0; warpgroup < order.Warpgroups; warpgroup++)
            {
                if (!clock.Covers(order.ProductsOf(warpgroup), productReads[(row * order.Warpgroups) + warpgroup]))
                {
                    throw new PtxException(
                        $"shared byte {row * RowBytes} may still be read by a wgmma of warpgroup {warpgroup}: its wgmma.wait_group is not ordered before: a race");
                }
            }
        }
    }

    /// <summary>The first of some bytes.</summary>
    private int Place(ulong address, int bytes, int alignment)
    {
        var start = address - PtxParser.SharedBase;
        return address < PtxParser.SharedBase || start + (ulong)bytes > (ulong)contents.Length
            ? throw new PtxException($"shared bytes from {(long)start} on are accessed, {bytes} of {contents.Length}")
            : address % (ulong)alignment == 0 ? (int)start : throw new PtxException($"shared byte {start} is not aligned to {alignment}");
    }

    private record struct Access
    {
        public int Writer { get; set; }

        public int WriteTime { get; set; }

        public int Readers { get; set; }

        public Holder Holder { get; set; }
    }
}
