using System.Buffers.Binary;

namespace Gpu.Loader.Images;

/// <summary>The header of a BMP file and the extent of its pixels, which are not compressed in the variants that are decoded.</summary>
internal static class BmpStructure
{
    private const int FileHeaderLength = 14;
    private const int CoreHeaderLength = 12;

    /// <summary>Checks the structure of a BMP file.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, incomplete, too large or of an unsupported variant.</exception>
    public static EncodedImage Read(byte[] file, long maximumPixels)
    {
        if (file.Length < FileHeaderLength + CoreHeaderLength)
        {
            throw new InvalidDataException(EncodedImage.Truncated);
        }

        var pixels = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(10));
        var headerLength = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(FileHeaderLength));
        if (headerLength is not (CoreHeaderLength or 40 or 56 or 108 or 124))
        {
            throw new InvalidDataException($"is a BMP file with a header of {headerLength} bytes, which is not supported; convert it to PNG or JPEG");
        }

        if (file.Length < FileHeaderLength + headerLength)
        {
            throw new InvalidDataException(EncodedImage.Truncated);
        }

        var header = file.AsSpan(FileHeaderLength, (int)headerLength);
        var isCore = headerLength == CoreHeaderLength;
        long width = isCore ? BinaryPrimitives.ReadUInt16LittleEndian(header[4..]) : BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        // A negative height stands for rows from the top.
        var height = Math.Abs(isCore ? BinaryPrimitives.ReadUInt16LittleEndian(header[6..]) : (long)BinaryPrimitives.ReadInt32LittleEndian(header[8..]));
        EncodedImage.CheckSize(width, height, maximumPixels);

        int bits = BinaryPrimitives.ReadUInt16LittleEndian(header[(isCore ? 10 : 14)..]);
        var compression = isCore ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(header[16..]);
        if (bits is not (1 or 4 or 8 or 16 or 24 or 32) || compression is not (0 or 3))
        {
            throw new InvalidDataException($"is a BMP file with {bits} bits a pixel and compression {compression}, which is not supported; convert it to PNG or JPEG");
        }

        var rowLength = ((width * bits) + 31) / 32 * 4;
        return pixels + (rowLength * height) <= file.Length
            ? new EncodedImage((int)width, (int)height, file)
            : throw new InvalidDataException(EncodedImage.Truncated);
    }
}
