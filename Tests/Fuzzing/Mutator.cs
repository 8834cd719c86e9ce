using System.Buffers.Binary;
using System.Text;

namespace Gpu.Tests.Fuzzing;

/// <summary>Damages files at random, the same way for the same seed.</summary>
internal sealed class Mutator(int seed)
{
    /// <summary>What lengths, counts and offsets break at.</summary>
    private static readonly ulong[] Extremes =
    [
        0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 1UL << 32, 1UL << 40, 0x7fffffffffffffff, 0x8000000000000000, ulong.MaxValue,
    ];

    private readonly Random random = new(seed);

    /// <summary>A number below a limit.</summary>
    public int Next(int limit) => random.Next(limit);

    /// <summary>A number that is extreme, small, or small and negative.</summary>
    public ulong NextInteger() => random.Next(3) switch
    {
        0 => Extremes[random.Next(Extremes.Length)],
        1 => (ulong)random.Next(64),
        _ => (ulong)-random.Next(3),
    };

    /// <summary>Puts another decimal number in the place of one in a text.</summary>
    public byte[] MutateNumber(byte[] text)
    {
        var start = text.Length == 0 ? 0 : random.Next(text.Length);
        while (start < text.Length && !char.IsAsciiDigit((char)text[start]))
        {
            start++;
        }

        var end = start;
        while (end < text.Length && char.IsAsciiDigit((char)text[end]))
        {
            end++;
        }

        return start == end ? text : [.. text[..start], .. Encoding.ASCII.GetBytes($"{(long)NextInteger()}"), .. text[end..]];
    }

    /// <summary>One to four damages of a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="other">What parts are spliced in from.</param>
    public byte[] Mutate(byte[] file, byte[] other)
    {
        for (var i = random.Next(1, 5); i > 0 && file.Length > 0; i--)
        {
            file = MutateOnce(file, other);
        }

        return file;
    }

    private byte[] MutateOnce(byte[] file, byte[] other)
    {
        var copy = (byte[])file.Clone();
        var at = random.Next(copy.Length);
        switch (random.Next(9))
        {
            case 0:
                copy[at] ^= (byte)(1 << random.Next(8));
                return copy;
            case 1:
                copy[at] = (byte)random.Next(256);
                return copy;
            case 2:
                return copy[..at];
            case 3:
                WriteInteger(copy, at, Extremes[random.Next(Extremes.Length)]);
                return copy;
            case 4:
                // A place in the file, or just behind it.
                WriteInteger(copy, at, (ulong)random.Next(copy.Length + 16));
                return copy;
            case 5:
                WriteVarint(copy, at, Extremes[random.Next(Extremes.Length)]);
                return copy;
            case 6:
                copy.AsSpan(at, random.Next(Math.Min(64, copy.Length - at) + 1)).Fill((byte)(random.Next(2) * 255));
                return copy;
            case 7:
                // A part of either file over another place of this one.
                var source = random.Next(2) == 0 ? other : file;
                var from = random.Next(source.Length);
                var length = Math.Min(Math.Min(random.Next(1, 256), source.Length - from), copy.Length - at);
                source.AsSpan(from, length).CopyTo(copy.AsSpan(at));
                return copy;
            default:
                // A part twice, or left out.
                var end = at + random.Next(Math.Min(64, copy.Length - at) + 1);
                return random.Next(2) == 0 ? [.. copy[..end], .. copy[at..]] : [.. copy[..at], .. copy[end..]];
        }
    }

    private void WriteInteger(byte[] file, int at, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        var size = Math.Min(1 << random.Next(4), file.Length - at);
        bytes[..size].CopyTo(file.AsSpan(at));
    }

    private static void WriteVarint(byte[] file, int at, ulong value)
    {
        for (; at < file.Length; at++, value >>= 7)
        {
            file[at] = (byte)((value & 0x7f) | (value > 0x7f ? 0x80u : 0));
            if (value <= 0x7f)
            {
                return;
            }
        }
    }
}
