using System.Buffers.Binary;
using System.Collections.Concurrent;
using Snappier;

namespace Gpu.Loader.Checkpoints.Tables;

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

    private readonly MappedFile file;
    private readonly List<(byte[] LastKey, BlockHandle Handle)> index = [];
    private readonly ConcurrentDictionary<BlockHandle, byte[]?> verified = new();

    /// <summary>Reads the index.</summary>
    /// <exception cref="CheckpointException">Footer or index are damaged.</exception>
    public TableReader(MappedFile file)
    {
        this.file = file;
        var entries = new BlockEntries(ReadBlock(Footer.ReadIndexHandle(file)));
        while (entries.MoveNext())
        {
            var position = 0;
            if (!Footer.TryReadHandle(entries.Value, ref position, out var handle)
                || (index.Count > 0 && entries.Key.SequenceCompareTo(index[^1].LastKey) <= 0))
            {
                throw Broken("index");
            }

            index.Add((entries.Key.ToArray(), handle));
        }

        if (entries.IsBroken)
        {
            throw Broken("index");
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

        return entries.IsBroken ? throw Broken($"block at {index[low].Handle.Offset}") : false;
    }

    private ReadOnlySpan<byte> ReadBlock(BlockHandle handle)
    {
        if (handle.Length > file.Length - TrailerLength)
        {
            throw CheckpointException.For(
                file.Path, $"points to a block of {handle.Length} bytes, more than its {file.Length} bytes: {CheckpointException.Damaged}");
        }

        var stored = file.Slice(handle.Offset, handle.Length + TrailerLength);
        if (!verified.TryGetValue(handle, out var unpacked))
        {
            var content = stored[..^sizeof(uint)];
            var expected = BinaryPrimitives.ReadUInt32LittleEndian(stored[^sizeof(uint)..]);
            if (Crc32C.Mask(Crc32C.Compute(content)) != expected)
            {
                throw CheckpointException.For(
                    file.Path, $"has a wrong checksum (crc32c) in the block of {handle.Length} bytes at {handle.Offset}: {CheckpointException.Damaged}");
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
            throw CheckpointException.For(file.Path, $"has a block at {handle.Offset} of unknown compression {content[^1]}: {CheckpointException.Damaged}");
        }

        try
        {
            var packed = content[..^1];
            return Snappy.GetUncompressedLength(packed) <= Math.Min(Array.MaxLength, (long)packed.Length * MaximumExpansion)
                ? Snappy.DecompressToArray(packed)
                : throw Broken($"snappy-compressed block at {handle.Offset}");
        }
        catch (Exception exception) when (exception is InvalidDataException or ArgumentException)
        {
            throw CheckpointException.For(
                file.Path, $"has a broken snappy-compressed block at {handle.Offset}: {CheckpointException.Damaged}", exception);
        }
    }

    private CheckpointException Broken(string part) => CheckpointException.For(file.Path, $"has a broken {part}: {CheckpointException.Damaged}");
}
