using System.Runtime.InteropServices;

namespace Gpu.Tests.Ptx;

/// <summary>A buffer of global memory: its bytes, and which of them were written. Neighbouring buffers lie far apart, so that an access beyond one meets none.</summary>
internal sealed class PtxBuffer
{
    private PtxBuffer(string name, int bytes, int elementBytes)
    {
        Name = name;
        Elements = bytes / elementBytes;
        Bytes = new byte[bytes];
        Written = new bool[bytes];
    }

    /// <summary>What messages call it.</summary>
    public string Name { get; }

    /// <summary>Elements, which a view is as long as.</summary>
    public int Elements { get; }

    /// <summary>The contents.</summary>
    public byte[] Bytes { get; }

    /// <summary>Which bytes hold something.</summary>
    public bool[] Written { get; }

    /// <summary>A buffer of values.</summary>
    public static PtxBuffer Of<T>(string name, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values);
        var buffer = new PtxBuffer(name, bytes.Length, Marshal.SizeOf<T>());
        bytes.CopyTo(buffer.Bytes);
        Array.Fill(buffer.Written, true);
        return buffer;
    }

    /// <summary>A buffer that nothing was written to.</summary>
    public static PtxBuffer Uninitialised<T>(string name, int elements)
        where T : unmanaged => new(name, elements * Marshal.SizeOf<T>(), Marshal.SizeOf<T>());

    /// <summary>The contents.</summary>
    /// <exception cref="PtxException">Some of it was never written.</exception>
    public T[] Read<T>()
        where T : unmanaged
    {
        var missing = Array.IndexOf(Written, false);
        return missing < 0
            ? MemoryMarshal.Cast<byte, T>(Bytes).ToArray()
            : throw new PtxException($"Byte {missing} of the buffer {Name} was never written.");
    }
}
