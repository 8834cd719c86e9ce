using System.Buffers.Binary;
using Gpu.Loader.Checkpoints.Tables;

namespace Gpu.Loader.Checkpoints.TensorFlowV1;

/// <summary>
/// Finds the values in the message under a slice's key, SavedTensorSlices { data = 2: SavedSlice { data = 3: TensorProto } }, by
/// walking the wire format in place: the message may hold 400 MB, which no parser shall copy.
/// </summary>
internal static class SavedSliceReader
{
    private const int SlicesData = 2;
    private const int SliceData = 3;
    private const int Varints = 0;
    private const int Fixed64 = 1;
    private const int Delimited = 2;
    private const int Fixed32 = 5;

    /// <summary>The slice's values as little-endian bytes: a part of the message where they are stored as such, else decoded.</summary>
    /// <param name="message">The value under the slice's key.</param>
    /// <param name="type">Type of the elements; strings are given as <see cref="StringValues"/>.</param>
    /// <param name="elements">How many the slice has.</param>
    /// <param name="values">The bytes.</param>
    /// <returns>False if the message is broken or holds another number of values.</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, ElementType type, long elements, out TensorBytes values)
    {
        values = default;
        return TryFindField(message, SlicesData, out var slice) && TryFindField(slice, SliceData, out var tensor)
            && (type == ElementType.String ? TryCollectStrings(tensor, elements, out values)
                : IsStoredAsBytes(type) ? TryFindPacked(tensor, type, elements, out values)
                : TryDecodeVarints(tensor, type, elements, out values));
    }

    /// <summary>Field of TensorProto that holds the values of a type (tensor.proto of TensorFlow).</summary>
    internal static int ValueField(ElementType type) => type switch
    {
        ElementType.Float32 => 5,
        ElementType.Float64 => 6,
        ElementType.Int32 or ElementType.Int16 or ElementType.Int8 or ElementType.UInt8 or ElementType.UInt16 => 7,
        ElementType.String => 8,
        ElementType.Complex64 => 9,
        ElementType.Int64 => 10,
        ElementType.Bool => 11,
        ElementType.Complex128 => 12,
        ElementType.Float16 or ElementType.BFloat16 => 13,
        ElementType.UInt32 => 16,
        ElementType.UInt64 => 17,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    internal static bool IsStoredAsBytes(ElementType type) =>
        type is ElementType.Float32 or ElementType.Float64 or ElementType.Complex64 or ElementType.Complex128;

    private static bool TryFindPacked(ReadOnlySpan<byte> tensor, ElementType type, long elements, out TensorBytes values)
    {
        var isThere = TryFindField(tensor, ValueField(type), out var packed);
        values = packed;
        if (!isThere)
        {
            return elements == 0 && IsWellFormed(tensor);
        }

        return packed.Length % type.Size() == 0 && packed.Length / type.Size() == elements;
    }

    private static bool TryDecodeVarints(ReadOnlySpan<byte> tensor, ElementType type, long elements, out TensorBytes values)
    {
        values = default;
        if (!TryFindField(tensor, ValueField(type), out var packed))
        {
            return elements == 0 && IsWellFormed(tensor);
        }

        // A varint has at least one byte: this bounds what is allocated.
        var size = type.Size();
        if (elements > packed.Length || elements * size > Array.MaxLength)
        {
            return false;
        }

        var decoded = new byte[elements * size];
        Span<byte> wide = stackalloc byte[sizeof(ulong)];
        var position = 0;
        for (var i = 0; i < elements; i++)
        {
            if (!Varint.TryRead(packed, ref position, out var value))
            {
                return false;
            }

            BinaryPrimitives.WriteUInt64LittleEndian(wide, value);
            wide[..size].CopyTo(decoded.AsSpan(i * size));
        }

        values = decoded;
        return position == packed.Length;
    }

    private static bool TryCollectStrings(ReadOnlySpan<byte> tensor, long elements, out TensorBytes values)
    {
        var bytes = new List<byte>();
        long count = 0;
        for (var position = 0; position < tensor.Length;)
        {
            // Elements other than strings may precede them; a broken message ends the walk before its end.
            var found = Walk(tensor[position..], ValueField(ElementType.String), out var value, out var consumed);
            if (found is null)
            {
                values = default;
                return false;
            }

            if (found == true)
            {
                StringValues.Append(bytes, value);
                count++;
            }

            position += consumed;
        }

        values = bytes.ToArray();
        return count == elements;
    }

    private static bool IsWellFormed(ReadOnlySpan<byte> message) => !TryFindField(message, 0, out _) && Walk(message, 0, out _, out _) is not null;

    private static bool TryFindField(ReadOnlySpan<byte> message, int field, out ReadOnlySpan<byte> content) =>
        Walk(message, field, out content, out _) == true;

    /// <summary>Looks for the first length-delimited occurrence of a field: true if found, with the bytes up to its end,
    /// false if absent, null if the message is broken.</summary>
    private static bool? Walk(ReadOnlySpan<byte> message, int field, out ReadOnlySpan<byte> content, out int consumed)
    {
        content = default;
        consumed = message.Length;
        for (var position = 0; position < message.Length;)
        {
            if (!Varint.TryRead(message, ref position, out var tag))
            {
                return null;
            }

            ulong length = sizeof(uint);
            switch ((int)(tag & 7))
            {
                case Varints:
                    if (!Varint.TryRead(message, ref position, out _))
                    {
                        return null;
                    }

                    continue;
                case Fixed64:
                    length = sizeof(ulong);
                    break;
                case Delimited:
                    if (!Varint.TryRead(message, ref position, out length))
                    {
                        return null;
                    }

                    break;
                case Fixed32:
                    break;
                default:
                    return null;
            }

            if (length > (ulong)(message.Length - position))
            {
                return null;
            }

            if (tag == (((uint)field << 3) | Delimited))
            {
                content = message.Slice(position, (int)length);
                consumed = position + (int)length;
                return true;
            }

            position += (int)length;
        }

        return false;
    }
}
