namespace Gpu.Loader.Checkpoints.Hdf5;

/// <summary>Types of elements in HDF5 (section IV.A.2.d).</summary>
internal static class Hdf5Datatype
{
    private const int FixedPoint = 0;
    private const int FloatingPoint = 1;
    private const int Enumeration = 8;

    private const byte BigEndian = 0x01;
    private const byte Signed = 0x08;

    /// <summary>How h5py stores booleans: an enumeration of false and true.</summary>
    private const int BooleanMembers = 2;

    /// <summary>Reads a type; null if it is none of numbers and booleans as processors have them.</summary>
    public static (ElementType Type, bool IsBigEndian)? Read(Hdf5Cursor cursor)
    {
        var kind = cursor.ReadByte() & 0x0f;

        // Flags of a number, how many members of an enumeration.
        var bits = cursor.ReadUInt16();
        cursor.Skip(1);
        var size = cursor.ReadUInt32();
        ElementType? type = kind switch
        {
            FixedPoint => ReadFixedPoint(cursor, size, (bits & Signed) != 0),
            FloatingPoint => ReadFloatingPoint(cursor, size),
            Enumeration when size == 1 && bits == BooleanMembers => ElementType.Bool,
            _ => null,
        };
        return type is null ? null : (type.Value, kind != Enumeration && (bits & BigEndian) != 0 && size > 1);
    }

    private static ElementType? ReadFixedPoint(Hdf5Cursor cursor, uint size, bool isSigned)
    {
        var (offset, precision) = (cursor.ReadUInt16(), cursor.ReadUInt16());
        return (offset, precision == 8 * size, size, isSigned) switch
        {
            (0, true, 1, true) => ElementType.Int8,
            (0, true, 1, false) => ElementType.UInt8,
            (0, true, 2, true) => ElementType.Int16,
            (0, true, 2, false) => ElementType.UInt16,
            (0, true, 4, true) => ElementType.Int32,
            (0, true, 4, false) => ElementType.UInt32,
            (0, true, 8, true) => ElementType.Int64,
            (0, true, 8, false) => ElementType.UInt64,
            _ => null,
        };
    }

    /// <summary>By the places of exponent and mantissa.</summary>
    private static ElementType? ReadFloatingPoint(Hdf5Cursor cursor, uint size)
    {
        cursor.Skip(2 * sizeof(ushort));
        var (exponentAt, exponentBits, mantissaAt, mantissaBits) = (cursor.ReadByte(), cursor.ReadByte(), cursor.ReadByte(), cursor.ReadByte());
        return (size, exponentAt, exponentBits, mantissaAt, mantissaBits) switch
        {
            (2, 10, 5, 0, 10) => ElementType.Float16,
            (2, 7, 8, 0, 7) => ElementType.BFloat16,
            (4, 23, 8, 0, 23) => ElementType.Float32,
            (8, 52, 11, 0, 52) => ElementType.Float64,
            _ => null,
        };
    }
}
