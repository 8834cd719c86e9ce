namespace Gpu.Loader.Checkpoints.Tables;

/// <summary>Base-128 integers, least significant group first.</summary>
internal static class Varint
{
    /// <summary>Most bytes that a 64-bit integer takes.</summary>
    public const int MaximumLength = 10;

    /// <summary>Reads one and moves <paramref name="position"/> behind it; false if it does not end in time.</summary>
    public static bool TryRead(ReadOnlySpan<byte> data, ref int position, out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 64 && position < data.Length; shift += 7)
        {
            var next = data[position++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                // The tenth byte holds the last bit.
                return shift < 63 || next <= 1;
            }
        }

        return false;
    }

    /// <summary>Writes one and returns its length.</summary>
    public static int Write(Span<byte> destination, ulong value)
    {
        var length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            destination[length++] = (byte)(value | 0x80);
        }

        destination[length++] = (byte)value;
        return length;
    }
}
