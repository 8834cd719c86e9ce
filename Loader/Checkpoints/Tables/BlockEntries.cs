using System.Buffers.Binary;

namespace Gpu.Loader.Checkpoints.Tables;

/// <summary>
/// Walks the entries of a block in order: each shares a prefix with the key before it, and an array of restart points, where keys
/// are whole, ends the block. A broken block ends the walk with <see cref="IsBroken"/>.
/// </summary>
internal ref struct BlockEntries
{
    /// <summary>
    /// TensorFlow and LevelDB store every 16th key whole, and a key is no longer than that one and what the entries since then
    /// add: all keys together have at most so many times the bytes of their block. Others could grow with every entry.
    /// </summary>
    private const int MaximumSharing = 16;

    private readonly ReadOnlySpan<byte> block;
    private readonly int end;
    private int position;
    private byte[] key;
    private int keyLength;
    private long keyBytes;

    public BlockEntries(ReadOnlySpan<byte> block)
    {
        this.block = block;
        key = new byte[64];
        if (block.Length < sizeof(uint))
        {
            IsBroken = true;
            return;
        }

        var restarts = BinaryPrimitives.ReadUInt32LittleEndian(block[^sizeof(uint)..]);
        var tail = ((long)restarts + 1) * sizeof(uint);
        IsBroken = tail > block.Length;
        end = IsBroken ? 0 : (int)(block.Length - tail);
    }

    /// <summary>Whether the walk ended because the block is not well formed.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>The current key, until the next step.</summary>
    public readonly ReadOnlySpan<byte> Key => key.AsSpan(0, keyLength);

    /// <summary>The current value, a part of the block.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Steps to the next entry.</summary>
    public bool MoveNext()
    {
        if (IsBroken || position >= end)
        {
            return false;
        }

        var entries = block[..end];
        if (!Varint.TryRead(entries, ref position, out var shared) || !Varint.TryRead(entries, ref position, out var added)
            || !Varint.TryRead(entries, ref position, out var valueLength)
            || shared > (ulong)keyLength || added > (ulong)(end - position) || valueLength > (ulong)(end - position) - added)
        {
            IsBroken = true;
            return false;
        }

        var length = (int)(shared + added);
        keyBytes += length;
        if (keyBytes > (long)MaximumSharing * block.Length)
        {
            IsBroken = true;
            return false;
        }

        if (length > key.Length)
        {
            Array.Resize(ref key, Math.Max(length, key.Length * 2));
        }

        entries.Slice(position, (int)added).CopyTo(key.AsSpan((int)shared));
        keyLength = length;
        position += (int)added;
        Value = entries.Slice(position, (int)valueLength);
        position += (int)valueLength;
        return true;
    }
}
