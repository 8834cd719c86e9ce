using System.Buffers.Binary;

namespace Gpu.Loader.Checkpoints.Tables;

/// <summary>Where a block lies in a table file, without its trailer.</summary>
internal readonly record struct BlockHandle(long Offset, long Length);

/// <summary>The last 48 bytes of a table: handles of metaindex and index as varints, zeros, a magic number.</summary>
internal static class Footer
{
    public const int Length = 48;

    public const ulong Magic = 0xdb4775248b80fb57;

    /// <summary>Whether a file ends with the magic number.</summary>
    public static bool IsPresent(MappedFile file) =>
        file.Length >= Length && BinaryPrimitives.ReadUInt64LittleEndian(file.Slice(file.Length - sizeof(ulong), sizeof(ulong))) == Magic;

    /// <summary>Reads the handle of the index.</summary>
    /// <exception cref="CheckpointException">The footer is damaged.</exception>
    public static BlockHandle ReadIndexHandle(MappedFile file)
    {
        var footer = file.Slice(file.Length - Length, Length);
        var position = 0;
        return TryReadHandle(footer, ref position, out _) && TryReadHandle(footer, ref position, out var index)
            ? index
            : throw CheckpointException.For(file.Path, "has a broken footer", CheckpointException.Damaged, offset: file.Length - Length);
    }

    /// <summary>Reads a handle of two varints.</summary>
    public static bool TryReadHandle(ReadOnlySpan<byte> data, ref int position, out BlockHandle handle)
    {
        handle = default;
        if (!Varint.TryRead(data, ref position, out var offset) || !Varint.TryRead(data, ref position, out var length)
            || offset > long.MaxValue || length > long.MaxValue)
        {
            return false;
        }

        handle = new BlockHandle((long)offset, (long)length);
        return true;
    }
}
