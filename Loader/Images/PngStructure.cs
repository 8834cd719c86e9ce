using System.Buffers.Binary;
using System.IO.Compression;

namespace Gpu.Loader.Images;

/// <summary>
/// The chunks of a PNG file (ISO/IEC 15948), with their checksums and the length of the compressed pixels.
/// The decoder itself checks neither, and would inflate any amount of data.
/// </summary>
internal static class PngStructure
{
    private const int ChunkOverhead = 12; // Length, type and checksum.

    /// <summary>Encoders may leave some bytes behind the pixels; more than this is taken for an attack.</summary>
    private const int MaximumExcess = 65_536;

    // Adam7: first column, first row, column step, row step of each pass.
    private static readonly (int Column, int Row, int ColumnStep, int RowStep)[] Passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    private static readonly uint[] ChecksumTable = BuildChecksumTable();

    /// <summary>The eight bytes at the start of each PNG file.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Checks the structure of a PNG file.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, incomplete or too large.</exception>
    public static EncodedImage Read(byte[] file, long maximumPixels)
    {
        var (width, height) = (0, 0);
        var rawLength = 0L;
        var exif = ReadOnlyMemory<byte>.Empty;
        using var compressed = new MemoryStream();
        for (var position = Signature.Length; ;)
        {
            var chunk = Chunk(file, ref position, out var type);
            if (width == 0 && type != "IHDR"u8.ChunkType())
            {
                throw Damaged("its first chunk is not IHDR");
            }

            if (type == "IHDR"u8.ChunkType())
            {
                (width, height, rawLength) = Header(chunk.Span, maximumPixels);
            }
            else if (type == "IDAT"u8.ChunkType())
            {
                compressed.Write(chunk.Span);
            }
            else if (type == "eXIf"u8.ChunkType())
            {
                exif = chunk;
            }
            else if (type == "IEND"u8.ChunkType())
            {
                break;
            }
        }

        CheckPixels(compressed, rawLength);
        return new EncodedImage(width, height, file, exif);
    }

    private static uint ChunkType(this ReadOnlySpan<byte> name) => BinaryPrimitives.ReadUInt32BigEndian(name);

    private static ReadOnlyMemory<byte> Chunk(byte[] file, ref int position, out uint type)
    {
        var rest = file.AsSpan(position);
        var length = rest.Length < ChunkOverhead ? uint.MaxValue : BinaryPrimitives.ReadUInt32BigEndian(rest);
        if (length > rest.Length - (long)ChunkOverhead)
        {
            throw new InvalidDataException(EncodedImage.Truncated);
        }

        var content = (int)length;
        type = BinaryPrimitives.ReadUInt32BigEndian(rest[4..]);
        if (Checksum(rest.Slice(4, 4 + content)) != BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + content)..]))
        {
            throw Damaged("a chunk's checksum is wrong");
        }

        var chunk = file.AsMemory(position + 8, content);
        position += ChunkOverhead + content;
        return chunk;
    }

    /// <summary>Reads IHDR; the last figure is the number of bytes that the pixels have once inflated.</summary>
    private static (int Width, int Height, long RawLength) Header(ReadOnlySpan<byte> header, long maximumPixels)
    {
        if (header.Length != 13)
        {
            throw Damaged("its IHDR chunk has the wrong length");
        }

        var width = BinaryPrimitives.ReadUInt32BigEndian(header);
        var height = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        EncodedImage.CheckSize(width, height, maximumPixels);
        if (width > int.MaxValue || height > int.MaxValue)
        {
            throw Damaged("a side is longer than the format allows");
        }

        int depth = header[8];
        var channels = header[9] switch { 0 or 3 => 1, 2 => 3, 4 => 2, 6 => 4, _ => 0 };
        if (channels == 0 || depth is not (1 or 2 or 4 or 8 or 16) || header[12] > 1)
        {
            throw Damaged("its IHDR chunk holds values that are not defined");
        }

        var bits = depth * channels;
        var rawLength = header[12] == 0
            ? RawLength(width, height, bits)
            : Passes.Sum(pass => RawLength(Steps(width, pass.Column, pass.ColumnStep), Steps(height, pass.Row, pass.RowStep), bits));
        return ((int)width, (int)height, rawLength);
    }

    private static long Steps(long side, int first, int step) => (side - first + step - 1) / step;

    /// <summary>Each row is a filter byte and its pixels' bits, rounded up to bytes.</summary>
    private static long RawLength(long width, long height, int bits) => width == 0 ? 0 : height * (1 + ((width * bits) + 7) / 8);

    /// <summary>Inflates into a small buffer that is thrown away, so that damage and excess show before anything large is allocated.</summary>
    private static void CheckPixels(MemoryStream compressed, long rawLength)
    {
        compressed.Position = 0;
        var buffer = new byte[MaximumExcess];
        var total = 0L;
        try
        {
            using var inflated = new ZLibStream(compressed, CompressionMode.Decompress, leaveOpen: true);
            for (int read; total <= rawLength + MaximumExcess && (read = inflated.Read(buffer)) > 0;)
            {
                total += read;
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            // An IOException stands for a stream that asks for a preset dictionary.
            throw Damaged("its compressed pixels cannot be inflated");
        }

        if (total < rawLength)
        {
            throw new InvalidDataException(EncodedImage.Truncated);
        }

        if (total > rawLength + MaximumExcess)
        {
            throw Damaged("it holds far more data than its size calls for");
        }
    }

    private static InvalidDataException Damaged(string how) => new($"is a damaged PNG file ({how}); copy or download it again");

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var checksum = uint.MaxValue;
        foreach (var value in bytes)
        {
            checksum = ChecksumTable[(byte)(checksum ^ value)] ^ (checksum >> 8);
        }

        return ~checksum;
    }

    /// <summary>CRC-32 as in ISO/IEC 15948, annex D: polynomial 0xEDB88320, reflected.</summary>
    private static uint[] BuildChecksumTable()
    {
        var table = new uint[256];
        for (var index = 0u; index < table.Length; index++)
        {
            var value = index;
            for (var bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
            }

            table[index] = value;
        }

        return table;
    }
}
