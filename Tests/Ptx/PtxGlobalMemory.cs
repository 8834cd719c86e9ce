namespace Gpu.Tests.Ptx;

/// <summary>The buffers that a launch was given, each at its own address.</summary>
internal sealed class PtxGlobalMemory
{
    private const int AddressBits = 40;
    private readonly List<PtxBuffer> buffers = [];

    /// <summary>The address of a buffer, which is added on first use.</summary>
    public ulong AddressOf(PtxBuffer buffer)
    {
        var index = buffers.IndexOf(buffer);
        if (index < 0)
        {
            index = buffers.Count;
            buffers.Add(buffer);
        }

        return (ulong)(index + 1) << AddressBits;
    }

    /// <summary>Reads bytes that were written before.</summary>
    /// <exception cref="PtxException">They lie outside of a buffer, are not aligned or were never written.</exception>
    public ulong Read(ulong address, int bytes)
    {
        var (buffer, start) = Find(address, bytes);
        ulong bits = 0;
        for (var i = 0; i < bytes; i++)
        {
            if (!buffer.Written[start + i])
            {
                throw new PtxException($"byte {start + i} of {buffer.Name} is read and was never written");
            }

            bits |= (ulong)buffer.Bytes[start + i] << (8 * i);
        }

        return bits;
    }

    /// <summary>Writes bytes.</summary>
    /// <exception cref="PtxException">They lie outside of a buffer or are not aligned.</exception>
    public void Write(ulong address, int bytes, ulong bits)
    {
        var (buffer, start) = Find(address, bytes);
        for (var i = 0; i < bytes; i++)
        {
            buffer.Bytes[start + i] = (byte)(bits >> (8 * i));
            buffer.Written[start + i] = true;
        }
    }

    private (PtxBuffer Buffer, int Start) Find(ulong address, int bytes)
    {
        var index = (long)(address >> AddressBits) - 1;
        var offset = address & ((1UL << AddressBits) - 1);
        if (index < 0 || index >= buffers.Count)
        {
            throw new PtxException($"address {address:x} belongs to no buffer");
        }

        var buffer = buffers[(int)index];
        return offset + (ulong)bytes > (ulong)buffer.Bytes.Length
            ? throw new PtxException($"bytes {offset} to {offset + (ulong)bytes - 1} of {buffer.Name} are accessed, which has {buffer.Bytes.Length}")
            : offset % (ulong)bytes != 0
                ? throw new PtxException($"byte {offset} of {buffer.Name} is not aligned to {bytes}")
                : (buffer, (int)offset);
    }
}
