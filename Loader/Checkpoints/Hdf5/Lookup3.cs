using System.Numerics;

namespace Gpu.Loader.Checkpoints.Hdf5;

/// <summary>The checksum of HDF5's newer structures: hashlittle of Bob Jenkins's lookup3 (2006), begun with 0.</summary>
internal static class Lookup3
{
    private const uint Golden = 0xdeadbeef;

    /// <summary>Bytes mixed in at a time.</summary>
    private const int Step = 3 * sizeof(uint);

    public static uint Compute(ReadOnlySpan<byte> data)
    {
        var (a, b, c) = (Golden + (uint)data.Length, Golden + (uint)data.Length, Golden + (uint)data.Length);
        if (data.IsEmpty)
        {
            return c;
        }

        for (; data.Length > Step; data = data[Step..])
        {
            Add(data, ref a, ref b, ref c);
            (a, c) = ((a - c) ^ BitOperations.RotateLeft(c, 4), c + b);
            (b, a) = ((b - a) ^ BitOperations.RotateLeft(a, 6), a + c);
            (c, b) = ((c - b) ^ BitOperations.RotateLeft(b, 8), b + a);
            (a, c) = ((a - c) ^ BitOperations.RotateLeft(c, 16), c + b);
            (b, a) = ((b - a) ^ BitOperations.RotateLeft(a, 19), a + c);
            (c, b) = ((c - b) ^ BitOperations.RotateLeft(b, 4), b + a);
        }

        Add(data, ref a, ref b, ref c);
        c = (c ^ b) - BitOperations.RotateLeft(b, 14);
        a = (a ^ c) - BitOperations.RotateLeft(c, 11);
        b = (b ^ a) - BitOperations.RotateLeft(a, 25);
        c = (c ^ b) - BitOperations.RotateLeft(b, 16);
        a = (a ^ c) - BitOperations.RotateLeft(c, 4);
        b = (b ^ a) - BitOperations.RotateLeft(a, 14);
        return (c ^ b) - BitOperations.RotateLeft(b, 24);
    }

    /// <summary>Adds up to twelve bytes, those that are missing as zeros.</summary>
    private static void Add(ReadOnlySpan<byte> data, ref uint a, ref uint b, ref uint c)
    {
        for (var i = 0; i < Math.Min(Step, data.Length); i++)
        {
            var value = (uint)data[i] << (8 * (i % sizeof(uint)));
            switch (i / sizeof(uint))
            {
                case 0:
                    a += value;
                    break;
                case 1:
                    b += value;
                    break;
                default:
                    c += value;
                    break;
            }
        }
    }
}
