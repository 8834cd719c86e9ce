using System.Numerics;
using System.Text;

namespace Gpu.Loader.Checkpoints.Slices;

/// <summary>
/// The key of a slice's values, in TensorFlow's ordered code (lib/strings/ordered_code.cc), whose bytes sort as what they encode:
/// the number 0, the tensor's name, its rank, and start and length of each dimension.
/// </summary>
internal static class SliceKey
{
    /// <summary>By a signed number's encoded length: bits that mark the length in its first two bytes.</summary>
    private static readonly ushort[] LengthMarks =
        [0, 0x8000, 0xc000, 0xe000, 0xf000, 0xf800, 0xfc00, 0xfe00, 0xff00, 0xff80, 0xffc0];

    public static byte[] Encode(string name, IReadOnlyList<SliceExtent> slice)
    {
        var key = new List<byte>();
        AppendUnsigned(key, 0);
        AppendString(key, Encoding.UTF8.GetBytes(name));
        AppendUnsigned(key, (ulong)slice.Count);
        foreach (var extent in slice)
        {
            AppendSigned(key, extent.Start);
            AppendSigned(key, extent.Length);
        }

        return [.. key];
    }

    /// <summary>00 becomes 00 FF, FF becomes FF 00, the end is 00 01.</summary>
    private static void AppendString(List<byte> key, ReadOnlySpan<byte> text)
    {
        foreach (var value in text)
        {
            key.Add(value);
            if (value is 0x00 or 0xff)
            {
                key.Add((byte)~value);
            }
        }

        key.AddRange([0x00, 0x01]);
    }

    /// <summary>The number of significant bytes, then they themselves, the highest first.</summary>
    private static void AppendUnsigned(List<byte> key, ulong value)
    {
        var length = (64 - BitOperations.LeadingZeroCount(value) + 7) / 8;
        key.Add((byte)length);
        for (var i = length - 1; i >= 0; i--)
        {
            key.Add((byte)(value >> (8 * i)));
        }
    }

    /// <summary>Two's complement in 7 bits a byte, sign included, the highest first; the length is marked in the first bits.</summary>
    private static void AppendSigned(List<byte> key, long value)
    {
        var magnitude = (ulong)(value < 0 ? ~value : value);
        var length = ((64 - BitOperations.LeadingZeroCount(magnitude)) / 7) + 1;
        var marks = LengthMarks[length];
        for (var i = 0; i < length; i++)
        {
            var shift = 8 * (length - 1 - i);
            var digit = (byte)(shift >= 64 ? value >> 63 : value >> shift);
            var mark = i switch { 0 => marks >> 8, 1 => marks & 0xff, _ => 0 };
            key.Add((byte)(digit ^ mark));
        }
    }
}
