namespace Gpu.Tests.Ptx;

/// <summary>
/// A block's shared memory. Between two barriers a byte that one thread writes may be accessed by no other; what an asynchronous
/// copy is still to bring may be accessed by none.
/// </summary>
internal sealed class PtxSharedMemory(int bytes)
{
    private const int Nobody = -1;
    private const int Several = -2;

    private readonly byte[] contents = new byte[bytes];
    private readonly Access[] accesses = [.. Enumerable.Repeat(new Access(Nobody, 0, Nobody, 0, false), bytes)];

    /// <summary>Barriers passed so far.</summary>
    public int Epoch { get; set; } = 1;

    /// <summary>Reads bytes that were written before.</summary>
    /// <exception cref="PtxException">They lie outside, are not aligned, were never written, or another thread wrote them since the last barrier.</exception>
    public ulong Read(int thread, ulong address, int bytes)
    {
        var start = Check(address, bytes);
        ulong bits = 0;
        for (var i = start; i < start + bytes; i++)
        {
            ref var access = ref accesses[i];
            if (access.Writer == Nobody)
            {
                throw new PtxException(access.Arriving
                    ? $"shared byte {i} is read before the copy to it has been waited for" : $"shared byte {i} is read and was never written");
            }

            CheckWriter(thread, i, access);
            access = access with { Reader = access.ReadEpoch == Epoch && access.Reader != thread ? Several : thread, ReadEpoch = Epoch };
            bits |= (ulong)contents[i] << (8 * (i - start));
        }

        return bits;
    }

    /// <summary>Writes bytes.</summary>
    /// <exception cref="PtxException">They lie outside, are not aligned, or another thread accessed them since the last barrier.</exception>
    public void Write(int thread, ulong address, int bytes, ulong bits)
    {
        var start = Check(address, bytes);
        for (var i = start; i < start + bytes; i++)
        {
            CheckOthers(thread, i);
            accesses[i] = accesses[i] with { Writer = thread, WriteEpoch = Epoch };
            contents[i] = (byte)(bits >> (8 * (i - start)));
        }
    }

    /// <summary>Marks bytes that an asynchronous copy will bring.</summary>
    /// <exception cref="PtxException">They lie outside, are not aligned, or another thread accessed them since the last barrier.</exception>
    public void BeginCopy(int thread, ulong address, int bytes)
    {
        var start = Check(address, bytes);
        for (var i = start; i < start + bytes; i++)
        {
            CheckOthers(thread, i);
            accesses[i] = accesses[i] with { Arriving = true };
        }
    }

    /// <summary>Brings the bytes of an asynchronous copy.</summary>
    public void EndCopy(int thread, ulong address, ReadOnlySpan<byte> values)
    {
        var start = Check(address, values.Length);
        values.CopyTo(contents.AsSpan(start));
        for (var i = start; i < start + values.Length; i++)
        {
            accesses[i] = accesses[i] with { Writer = thread, WriteEpoch = Epoch, Arriving = false };
        }
    }

    private void CheckWriter(int thread, int i, Access access)
    {
        if (access.Arriving)
        {
            throw new PtxException($"shared byte {i} is accessed before the copy to it has been waited for");
        }

        if (access.WriteEpoch == Epoch && access.Writer != thread)
        {
            throw new PtxException($"shared byte {i} was written by thread {access.Writer} with no barrier between: a race");
        }
    }

    private void CheckOthers(int thread, int i)
    {
        var access = accesses[i];
        CheckWriter(thread, i, access);
        if (access.ReadEpoch == Epoch && access.Reader != thread)
        {
            throw new PtxException($"shared byte {i} was read by another thread with no barrier between: a race");
        }
    }

    private int Check(ulong address, int bytes)
    {
        var start = address - PtxParser.SharedBase;
        return address < PtxParser.SharedBase || start + (ulong)bytes > (ulong)contents.Length
            ? throw new PtxException($"shared bytes from {(long)start} on are accessed, {bytes} of {contents.Length}")
            : address % (ulong)bytes == 0 ? (int)start : throw new PtxException($"shared byte {start} is not aligned to {bytes}");
    }

    private readonly record struct Access(int Writer, int WriteEpoch, int Reader, int ReadEpoch, bool Arriving);
}
