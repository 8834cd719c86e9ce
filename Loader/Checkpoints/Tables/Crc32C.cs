using System.Buffers.Binary;
using System.Numerics;

namespace Gpu.Loader.Checkpoints.Tables;

/// <summary>CRC-32C (Castagnoli), and the mask under which tables store it: rotated right by 15, plus a constant.</summary>
internal static class Crc32C
{
    private const uint MaskDelta = 0xa282ead8;

    /// <summary>The checksum of some bytes, continued from that of the bytes before them.</summary>
    public static uint Compute(ReadOnlySpan<byte> data, uint before = 0)
    {
        var crc = ~before;
        while (data.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
            data = data[sizeof(ulong)..];
        }

        foreach (var value in data)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }

    /// <summary>The stored form.</summary>
    public static uint Mask(uint crc) => BitOperations.RotateRight(crc, 15) + MaskDelta;
}
