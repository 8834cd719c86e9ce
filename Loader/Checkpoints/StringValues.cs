using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Gpu.Loader.Checkpoints;

/// <summary>
/// Tensors of strings as bytes: each string's length as a little-endian uint32, then the string. This is how
/// <see cref="Checkpoint.ReadBytes"/> gives them, whatever the format.
/// </summary>
internal static class StringValues
{
    /// <summary>Appends one string.</summary>
    public static void Append(List<byte> bytes, ReadOnlySpan<byte> value)
    {
        Span<byte> length = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)value.Length);
        bytes.AddRange(length);
        bytes.AddRange(value);
    }

    /// <summary>The strings of a tensor; false if the bytes are not of this form.</summary>
    public static bool TrySplit(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out List<ReadOnlyMemory<byte>>? values)
    {
        values = [];
        while (bytes.Length >= sizeof(uint))
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span);
            bytes = bytes[sizeof(uint)..];
            if (length > bytes.Length)
            {
                return false;
            }

            values.Add(bytes[..(int)length]);
            bytes = bytes[(int)length..];
        }

        return bytes.IsEmpty;
    }
}
