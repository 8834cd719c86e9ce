namespace Gpu.Loader.Checkpoints.Hdf5;

/// <summary>The start of an HDF5 file (HDF5 File Format Specification 3.0, section II.A), versions 0 to 3.</summary>
/// <param name="OffsetSize">Bytes of an address.</param>
/// <param name="LengthSize">Bytes of a length.</param>
/// <param name="BaseAddress">The byte of the file that address 0 means.</param>
/// <param name="RootHeader">Address of the root group's object header.</param>
internal sealed record Superblock(int OffsetSize, int LengthSize, long BaseAddress, long RootHeader)
{
    private const int MaximumLength = 128;

    private const int IndexedStorageVersion = 1;

    /// <summary>From this version on the root group is named by its header, and a checksum ends the block.</summary>
    private const int ShortVersion = 2;

    private const int LatestVersion = 3;

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'H', (byte)'D', (byte)'F', (byte)'\r', (byte)'\n', 0x1a, (byte)'\n'];

    /// <summary>Whether a file begins as HDF5 does.</summary>
    public static bool IsPresent(MappedFile file) => file.Length > Signature.Length && file.Slice(0, Signature.Length).SequenceEqual(Signature);

    /// <summary>Reads the block.</summary>
    /// <exception cref="CheckpointException">It is damaged, of an unknown version, or the file is cut short.</exception>
    public static Superblock Read(MappedFile file)
    {
        var block = file.Slice(0, Math.Min(file.Length, MaximumLength));
        var cursor = new Hdf5Cursor(file.Path, block, 0, sizeof(ulong), sizeof(ulong));
        cursor.Skip(Signature.Length);
        var version = cursor.ReadByte();
        if (version > LatestVersion)
        {
            throw CheckpointException.For(
                file.Path, "has an unknown version of its superblock", Hdf5Reader.SaveAgain, offset: Signature.Length, expected: $"0 to {LatestVersion}", found: $"{version}");
        }

        if (version < ShortVersion)
        {
            // Versions of the free space, the root's entry, a reserved byte and the shared messages.
            cursor.Skip(4);
        }

        var (offsetSize, lengthSize) = (cursor.ReadByte(), cursor.ReadByte());
        if (offsetSize is not (2 or 4 or 8) || lengthSize is not (2 or 4 or 8))
        {
            throw cursor.Broken("impossible sizes of its addresses");
        }

        // Of the B-trees, and flags: of no interest to a reader.
        cursor.Skip(version < ShortVersion ? 9 + (version == IndexedStorageVersion ? 4 : 0) : 1);
        var fields = new Hdf5Cursor(file.Path, block[(int)cursor.Position..], cursor.Position, offsetSize, lengthSize);
        var baseAddress = fields.ReadDefinedOffset();
        fields.ReadOffset();
        var end = fields.ReadDefinedOffset();
        if (end > file.Length)
        {
            throw CheckpointException.For(file.Path, "is cut short", CheckpointException.Damaged, expected: $"{end} bytes", found: $"{file.Length}");
        }

        if (version < ShortVersion)
        {
            // The driver's information, and the name of the root.
            fields.ReadOffset();
            fields.ReadOffset();
        }

        var root = fields.ReadDefinedOffset();
        if (version >= ShortVersion)
        {
            fields.Skip(sizeof(uint));
            new Hdf5Cursor(file.Path, block[..(int)fields.Position], 0, offsetSize, lengthSize).WithoutChecksum();
        }

        return new Superblock(offsetSize, lengthSize, baseAddress, root);
    }
}
