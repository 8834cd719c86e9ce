using System.Buffers.Binary;

namespace Gpu.Loader.Checkpoints.Tables;

/// <summary>
/// Encodes the keys of a block's entries, whose values are written straight to the file: keys share prefixes between restart
/// points. A block's crc is kept as it grows, so that large values pass through without being kept.
/// </summary>
internal sealed class BlockBuilder(Stream stream)
{
    /// <summary>Every so many keys one is stored whole (LevelDB's default).</summary>
    private const int RestartInterval = 16;

    private readonly List<uint> restarts = [];
    private byte[] lastKey = [];
    private int entries;
    private uint crc;

    /// <summary>Bytes written since the last <see cref="Finish"/>.</summary>
    public long Length { get; private set; }

    /// <summary>Whether nothing was written.</summary>
    public bool IsEmpty => Length == 0;

    /// <summary>The key last added.</summary>
    public ReadOnlySpan<byte> LastKey => lastKey;

    /// <summary>Starts an entry; exactly <paramref name="valueLength"/> bytes follow by <see cref="Append"/>.</summary>
    public void StartEntry(ReadOnlySpan<byte> key, long valueLength)
    {
        var shared = 0;
        if (entries % RestartInterval == 0)
        {
            restarts.Add(checked((uint)Length));
        }
        else
        {
            shared = key.CommonPrefixLength(lastKey);
        }

        Span<byte> lengths = stackalloc byte[3 * Varint.MaximumLength];
        var count = Varint.Write(lengths, (ulong)shared);
        count += Varint.Write(lengths[count..], (ulong)(key.Length - shared));
        count += Varint.Write(lengths[count..], (ulong)valueLength);
        Append(lengths[..count]);
        Append(key[shared..]);
        lastKey = key.ToArray();
        entries++;
    }

    /// <summary>Writes a part of a value.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        crc = Crc32C.Compute(bytes, crc);
        stream.Write(bytes);
        Length += bytes.Length;
    }

    /// <summary>Writes restart points and trailer (no compression) and starts the next block.</summary>
    /// <returns>Length of the block without its trailer.</returns>
    public long Finish()
    {
        if (restarts.Count == 0)
        {
            restarts.Add(0);
        }

        Span<byte> number = stackalloc byte[sizeof(uint)];
        foreach (var restart in restarts.Append((uint)restarts.Count))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(number, restart);
            Append(number);
        }

        var length = Length;
        Append([0]);
        BinaryPrimitives.WriteUInt32LittleEndian(number, Crc32C.Mask(crc));
        stream.Write(number);
        (crc, entries, Length, lastKey) = (0, 0, 0, []);
        restarts.Clear();
        return length;
    }
}
