using System.Buffers.Binary;
using System.Numerics;

namespace Gpu.Loader.Checkpoints.Tables;

/// <summary>
/// CRC-32C (Castagnoli), and the mask under which TensorFlow stores it: rotated right by 15, plus a constant. The processor's
/// instruction takes 8 bytes in three cycles but starts one each cycle, so three lanes run side by side and are combined
/// (Gopal et al., "Fast CRC Computation for iSCSI Polynomial Using CRC32 Instruction", Intel, 2011).
/// </summary>
internal static class Crc32C
{
    private const uint MaskDelta = 0xa282ead8;

    /// <summary>The polynomial, bits reversed.</summary>
    private const uint Polynomial = 0x82f63b78;

    /// <summary>x^0, bits reversed.</summary>
    private const uint One = 0x80000000;

    private const int LaneLength = 8 << 10;

    /// <summary>What a thread takes at a time.</summary>
    private const int PieceLength = 4 << 20;

    private static readonly uint LaneShift = Shift(LaneLength);

    /// <summary>The checksum of some bytes, continued from that of the bytes before them.</summary>
    public static uint Compute(ReadOnlySpan<byte> data, uint before = 0)
    {
        var crc = ~before;
        while (data.Length >= 3 * LaneLength)
        {
            uint second = 0, third = 0;
            for (var i = 0; i < LaneLength; i += sizeof(ulong))
            {
                crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data[i..]));
                second = BitOperations.Crc32C(second, BinaryPrimitives.ReadUInt64LittleEndian(data[(LaneLength + i)..]));
                third = BitOperations.Crc32C(third, BinaryPrimitives.ReadUInt64LittleEndian(data[((2 * LaneLength) + i)..]));
            }

            crc = Multiply(LaneShift, Multiply(LaneShift, crc) ^ second) ^ third;
            data = data[(3 * LaneLength)..];
        }

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

    /// <summary>The same by all cores, for data in the hundreds of megabytes.</summary>
    public static unsafe uint ComputeParallel(ReadOnlySpan<byte> data)
    {
        if (data.Length < 2 * PieceLength)
        {
            return Compute(data);
        }

        var length = data.Length;
        var pieces = new uint[(length + PieceLength - 1) / PieceLength];
        fixed (byte* start = data)
        {
            var address = start;
            Parallel.For(0, pieces.Length, i =>
            {
                var offset = i * PieceLength;
                pieces[i] = Compute(new ReadOnlySpan<byte>(address + offset, Math.Min(PieceLength, length - offset)));
            });
        }

        var whole = Shift(PieceLength);
        var crc = pieces[0];
        foreach (var piece in pieces.AsSpan(1..^1))
        {
            crc = Multiply(whole, crc) ^ piece;
        }

        return Multiply(Shift(length - ((pieces.Length - 1) * PieceLength)), crc) ^ pieces[^1];
    }

    /// <summary>The stored form.</summary>
    public static uint Mask(uint crc) => BitOperations.RotateRight(crc, 15) + MaskDelta;

    /// <summary>x^(8 bytes) modulo the polynomial: its product with a checksum is that of the data followed by so many bytes.</summary>
    private static uint Shift(int bytes)
    {
        var result = One;
        var power = One >> 8;
        for (; bytes > 0; bytes >>= 1)
        {
            result = (bytes & 1) != 0 ? Multiply(power, result) : result;
            power = Multiply(power, power);
        }

        return result;
    }

    /// <summary>The product of two polynomials over GF(2) modulo the polynomial, all with their bits reversed.</summary>
    private static uint Multiply(uint a, uint b)
    {
        uint product = 0;
        for (; a != 0; a <<= 1)
        {
            product ^= b & (uint)((int)a >> 31);
            b = (b >> 1) ^ (Polynomial & (uint)-(int)(b & 1));
        }

        return product;
    }
}
