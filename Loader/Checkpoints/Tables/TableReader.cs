using System.Buffers.Binary;
using System.Collections.Concurrent;
using Snappier;

namespace Gpu.Loader.Checkpoints.Tables;

/// <summary>Sees an entry of a table; both parts are valid during the call.</summary>
internal delegate void EntryVisitor(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

/// <summary>
/// Looks keys up in a sorted string table (LevelDB's format, TensorFlow's core/lib/io): an index block gives for each data block
/// a key not smaller than its last. A block's crc32c is verified the first time that it is read. Safe for several threads.
/// </summary>
internal sealed class TableReader
{
    /// <summary>Compression type and masked crc32c behind every block.</summary>
    public const int TrailerLength = 5;

    /// <summary>Snappy's densest element copies 64 bytes and takes 3: a block that claims to hold more than this many times its length is broken.</summary>
    private const int MaximumExpansion = 22;

    /// <summary>What all blocks may hold beyond the file's length when they are unpacked: real indices are compressed, and small; values are neither.</summary>
    private const long UnpackedAllowance = 64 << 20;

    private readonly MappedFile file;
    private readonly List<(byte[] LastKey, BlockHandle Handle)> index = [];
    private readonly ConcurrentDictionary<BlockHandle, byte[]?> verified = new();
    private long unpackedBytes;

    /// <summary>Reads the index.</summary>
    /// <exception cref="CheckpointException">Footer or index are damaged.</exception>
    public TableReader(MappedFile file)
    {
        this.file = file;
        var handle = Footer.ReadIndexHandle(file);
        var entries = new BlockEntries(ReadBlock(handle));
        var end = 0L;
        while (entries.MoveNext())
        {
            // Blocks in each other would let a small file stand for a large one.
            var position = 0;
            if (!Footer.TryReadHandle(entries.Value, ref position, out var block)
                || block.Offset < end || block.Length > file.Length - block.Offset
                || (index.Count > 0 && entries.Key.SequenceCompareTo(index[^1].LastKey) <= 0))
            {
                throw Broken("index", handle.Offset);
            }

            end = block.Offset + block.Length;
            index.Add((entries.Key.ToArray(), block));
        }

        if (entries.IsBroken)
        {
            throw Broken("index", handle.Offset);
        }
    }

    /// <summary>The value of a key, a part of the mapped file where its block is not compressed; false if the key is absent.</summary>
    /// <exception cref="CheckpointException">The block that holds it is damaged.</exception>
    public bool TryFind(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        value = default;
        var (low, high) = (0, index.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = index[middle].LastKey.AsSpan().SequenceCompareTo(key) < 0 ? (middle + 1, high) : (low, middle);
        }

        if (low == index.Count)
        {
            return false;
        }

        var entries = new BlockEntries(ReadBlock(index[low].Handle));
        while (entries.MoveNext())
        {
            if (entries.Key.SequenceEqual(key))
            {
                value = entries.Value;
                return true;
            }
        }

        return entries.IsBroken ? throw Broken("block", index[low].Handle.Offset) : false;
    }

    /// <summary>Walks all entries in the order of their keys.</summary>
    /// <exception cref="CheckpointException">A block is damaged, or keys are out of order.</exception>
    public void ForEach(EntryVisitor visit)
    {
        byte[]? last = null;
        foreach (var (_, handle) in index)
        {
            var entries = new BlockEntries(ReadBlock(handle));
            while (entries.MoveNext())
            {
                if (last is not null && entries.Key.SequenceCompareTo(last) <= 0)
                {
                    throw Broken("order of keys", handle.Offset);
                }

                last = entries.Key.ToArray();
                visit(entries.Key, entries.Value);
            }

            if (entries.IsBroken)
            {
                throw Broken("block", handle.Offset);
            }
        }
    }

    private ReadOnlySpan<byte> ReadBlock(BlockHandle handle)
    {
        if (handle.Length > file.Length - TrailerLength)
        {
            throw CheckpointException.For(
                file.Path, $"points to a block of {handle.Length} bytes", CheckpointException.Damaged, offset: handle.Offset,
                expected: $"at most {file.Length} bytes", found: $"{handle.Length}");
        }

        var stored = file.Slice(handle.Offset, handle.Length + TrailerLength);
        if (!verified.TryGetValue(handle, out var unpacked))
        {
            var content = stored[..^sizeof(uint)];
            var expected = BinaryPrimitives.ReadUInt32LittleEndian(stored[^sizeof(uint)..]);
            var found = Crc32C.Mask(Crc32C.ComputeParallel(content));
            if (found != expected)
            {
                throw CheckpointException.For(
                    file.Path, $"has a wrong checksum (crc32c) in the block of {handle.Length} bytes", CheckpointException.Damaged,
                    offset: handle.Offset, expected: $"{expected:x8}", found: $"{found:x8}");
            }

            unpacked = content[^1] == 0 ? null : Unpack(handle, content);
            verified.TryAdd(handle, unpacked);
        }

        return unpacked ?? stored[..^TrailerLength];
    }

    private byte[] Unpack(BlockHandle handle, ReadOnlySpan<byte> content)
    {
        if (content[^1] != 1)
        {
            throw CheckpointException.For(file.Path, $"has a block of unknown compression {content[^1]}", CheckpointException.Damaged, offset: handle.Offset);
        }

        try
        {
            var packed = content[..^1];

            // The library gives lengths beyond 31 bits as negative ones.
            var length = Snappy.GetUncompressedLength(packed);
            return length >= 0 && length <= (long)packed.Length * MaximumExpansion
                && Interlocked.Add(ref unpackedBytes, length) <= file.Length + UnpackedAllowance
                ? Snappy.DecompressToArray(packed)
                : throw Broken("snappy-compressed block", handle.Offset);
        }
        catch (Exception exception) when (exception is InvalidDataException or ArgumentException)
        {
            throw Broken("snappy-compressed block", handle.Offset, exception);
        }
    }

    private CheckpointException Broken(string part, long? offset = null, Exception? cause = null) =>
        CheckpointException.For(file.Path, $"has a broken {part}", CheckpointException.Damaged, offset: offset, cause: cause);
}
