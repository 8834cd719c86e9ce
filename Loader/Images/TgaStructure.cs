using System.Buffers.Binary;

namespace Gpu.Loader.Images;

/// <summary>The header of a TGA file and the extent of its pixels, plain or run-length encoded.</summary>
internal static class TgaStructure
{
    private const int HeaderLength = 18;
    private const int RunLengthEncoded = 8;

    /// <summary>Whether a file can be TGA: the format has no signature, so all fields of its header have to make sense together.</summary>
    public static bool LooksLikeTga(ReadOnlySpan<byte> start)
    {
        if (start.Length < HeaderLength)
        {
            return false;
        }

        var (mapped, kind, bits) = (start[1], start[2] & ~RunLengthEncoded, start[16]);
        return kind switch
        {
            1 => mapped == 1 && bits is 8 or 16 && start[7] is 15 or 16 or 24 or 32,
            2 => mapped == 0 && bits is 15 or 16 or 24 or 32,
            3 => mapped == 0 && bits is 8 or 16,
            _ => false,
        };
    }

    /// <summary>Checks the structure of a TGA file.</summary>
    /// <exception cref="InvalidDataException">The file is incomplete or too large.</exception>
    public static EncodedImage Read(byte[] file, long maximumPixels)
    {
        int width = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(12));
        int height = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(14));
        EncodedImage.CheckSize(width, height, maximumPixels);

        var mapEntries = file[1] == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(5)) : 0;
        var pixels = HeaderLength + file[0] + (mapEntries * ((file[7] + 7) / 8));
        var pixelLength = (file[16] + 7) / 8;
        var count = (long)width * height;
        var isComplete = (file[2] & RunLengthEncoded) == 0
            ? pixels + (count * pixelLength) <= file.Length
            : HoldsRuns(file, pixels, pixelLength, count);
        return isComplete ? new EncodedImage(width, height, file) : throw new InvalidDataException(EncodedImage.Truncated);
    }

    /// <summary>Walks the packets: a count byte, then one pixel to repeat (high bit set) or that many pixels.</summary>
    private static bool HoldsRuns(byte[] file, long position, int pixelLength, long count)
    {
        while (count > 0)
        {
            if (position >= file.Length)
            {
                return false;
            }

            var packet = file[position];
            var length = (packet & 0x7F) + 1;
            position += 1 + ((packet & 0x80) != 0 ? pixelLength : length * pixelLength);
            count -= length;
        }

        return position <= file.Length;
    }
}
