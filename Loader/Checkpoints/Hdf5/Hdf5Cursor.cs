namespace Gpu.Loader.Checkpoints.Hdf5;

/// <summary>Reads the little-endian fields of a part of an HDF5 file one after the other.</summary>
internal ref struct Hdf5Cursor
{
    private readonly string path;
    private readonly ReadOnlySpan<byte> bytes;
    private readonly long start;
    private readonly int offsetSize;
    private readonly int lengthSize;
    private int position;

    public Hdf5Cursor(string path, ReadOnlySpan<byte> bytes, long start, int offsetSize, int lengthSize)
    {
        this.path = path;
        this.bytes = bytes;
        this.start = start;
        this.offsetSize = offsetSize;
        this.lengthSize = lengthSize;
    }

    /// <summary>Bytes that are left.</summary>
    public readonly int Remaining => bytes.Length - position;

    /// <summary>The byte of the file that comes next.</summary>
    public readonly long Position => start + position;

    /// <summary>An address; null for the undefined one, all bits of which are set.</summary>
    public long? ReadOffset()
    {
        var value = ReadInteger(offsetSize);
        return value == ulong.MaxValue >> (64 - (8 * offsetSize)) ? null : checked((long)Math.Min(value, long.MaxValue));
    }

    /// <summary>An address that must be defined.</summary>
    public long ReadDefinedOffset() => ReadOffset() ?? throw Broken("an undefined address");

    /// <summary>A length.</summary>
    public long ReadLength() => (long)Math.Min(ReadInteger(lengthSize), long.MaxValue);

    public byte ReadByte() => ReadBytes(1)[0];

    public ushort ReadUInt16() => (ushort)ReadInteger(sizeof(ushort));

    public uint ReadUInt32() => (uint)ReadInteger(sizeof(uint));

    /// <summary>An unsigned integer of 1, 2, 4 or 8 bytes.</summary>
    public ulong ReadInteger(int size)
    {
        var field = ReadBytes(size);
        ulong value = 0;
        for (var i = 0; i < size; i++)
        {
            value |= (ulong)field[i] << (8 * i);
        }

        return value;
    }

    public void Skip(int count) => ReadBytes(count);

    public ReadOnlySpan<byte> ReadBytes(int count)
    {
        if (count < 0 || count > Remaining)
        {
            throw Broken("a field beyond the end of its structure");
        }

        position += count;
        return bytes.Slice(position - count, count);
    }

    /// <summary>The next bytes as a cursor of their own.</summary>
    public Hdf5Cursor Take(int count)
    {
        var at = Position;
        return new Hdf5Cursor(path, ReadBytes(count), at, offsetSize, lengthSize);
    }

    /// <summary>Reads a signature of four letters.</summary>
    /// <exception cref="CheckpointException">Something else is there.</exception>
    public void Require(ReadOnlySpan<byte> signature)
    {
        if (!ReadBytes(signature.Length).SequenceEqual(signature))
        {
            position -= signature.Length;
            throw Broken($"no '{System.Text.Encoding.ASCII.GetString(signature)}'");
        }
    }

    /// <summary>Reads a byte that can have one value only, such as a version.</summary>
    public void Require(byte expected, string what)
    {
        if (ReadByte() is var found && found != expected)
        {
            position--;
            throw CheckpointException.For(path, $"has an unknown {what}", Hdf5Reader.SaveAgain, offset: Position, expected: $"{expected}", found: $"{found}");
        }
    }

    /// <summary>Verifies the checksum that the last four bytes are of all before them, and leaves it out of <see cref="Remaining"/>.</summary>
    public readonly Hdf5Cursor WithoutChecksum()
    {
        var content = bytes.Length < sizeof(uint) ? throw Broken("no checksum") : bytes[..^sizeof(uint)];
        var stored = System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes[^sizeof(uint)..]);
        return Lookup3.Compute(content) is var computed && computed == stored
            ? new Hdf5Cursor(path, content, start, offsetSize, lengthSize) { position = position }
            : throw CheckpointException.For(path, "has a wrong checksum", CheckpointException.Damaged, offset: start, expected: $"{stored:x8}", found: $"{computed:x8}");
    }

    /// <summary>The refusal of what comes next.</summary>
    public readonly CheckpointException Broken(string problem) => CheckpointException.For(path, $"has {problem}", CheckpointException.Damaged, offset: Position);
}
