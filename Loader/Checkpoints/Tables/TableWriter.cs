using System.Buffers.Binary;

namespace Gpu.Loader.Checkpoints.Tables;

/// <summary>
/// Writes a sorted string table without compression. Values pass through to the stream in pieces; a block is ended once it
/// holds 256 KB, so one value never spans blocks.
/// </summary>
internal sealed class TableWriter(Stream stream)
{
    /// <summary>TensorFlow's block size for checkpoints.</summary>
    private const int BlockSize = 256 << 10;

    /// <summary>The order of keys in a table.</summary>
    public static readonly Comparer<byte[]> KeyOrder = Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b));

    private readonly List<(byte[] LastKey, BlockHandle Handle)> index = [];
    private readonly BlockBuilder block = new(stream);
    private long offset;

    /// <summary>Starts an entry; its value follows by <see cref="Append"/>.</summary>
    /// <exception cref="ArgumentException">The key does not sort behind the one before it.</exception>
    public void StartEntry(ReadOnlySpan<byte> key, long valueLength)
    {
        if (block.Length >= BlockSize)
        {
            EndBlock();
        }

        var last = block.IsEmpty && index.Count > 0 ? index[^1].LastKey : block.LastKey;
        if ((!block.IsEmpty || index.Count > 0) && key.SequenceCompareTo(last) <= 0)
        {
            throw new ArgumentException("Keys of a table are added in order.", nameof(key));
        }

        block.StartEntry(key, valueLength);
    }

    /// <summary>Writes a part of the current entry's value.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => block.Append(bytes);

    /// <summary>Writes an empty metaindex, the index and the footer.</summary>
    public void Finish()
    {
        if (!block.IsEmpty)
        {
            EndBlock();
        }

        var metaindex = EndBlockAsHandle();
        Span<byte> value = stackalloc byte[2 * Varint.MaximumLength];
        foreach (var (lastKey, handle) in index)
        {
            var length = WriteHandle(value, handle);
            block.StartEntry(lastKey, length);
            block.Append(value[..length]);
        }

        var indexHandle = EndBlockAsHandle();
        Span<byte> footer = stackalloc byte[Footer.Length];
        footer.Clear();
        var position = WriteHandle(footer, metaindex);
        WriteHandle(footer[position..], indexHandle);
        BinaryPrimitives.WriteUInt64LittleEndian(footer[^sizeof(ulong)..], Footer.Magic);
        stream.Write(footer);
    }

    private static int WriteHandle(Span<byte> destination, BlockHandle handle)
    {
        var length = Varint.Write(destination, (ulong)handle.Offset);
        return length + Varint.Write(destination[length..], (ulong)handle.Length);
    }

    private void EndBlock()
    {
        var lastKey = block.LastKey.ToArray();
        index.Add((lastKey, EndBlockAsHandle()));
    }

    private BlockHandle EndBlockAsHandle()
    {
        var handle = new BlockHandle(offset, block.Finish());
        offset += handle.Length + TableReader.TrailerLength;
        return handle;
    }
}
