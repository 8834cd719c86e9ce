using System.Buffers.Binary;
using System.IO.Compression;

namespace Gpu.Tests.Loader.Images;

/// <summary>Writes PNG files of any kind, correct or deliberately not, chunk by chunk.</summary>
public sealed class PngWriter
{
    private readonly List<byte> file = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    public PngWriter(int width, int height, byte depth, byte colourType)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = depth;
        header[9] = colourType;
        Chunk("IHDR"u8, header);
    }

    public PngWriter Chunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        var frame = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(frame, content.Length);
        file.AddRange(frame);
        byte[] body = [.. type, .. content];
        file.AddRange(body);
        BinaryPrimitives.WriteUInt32BigEndian(frame, Checksum(body));
        file.AddRange(frame);
        return this;
    }

    /// <summary>An IDAT chunk with the given rows, each with its filter byte.</summary>
    public PngWriter Pixels(params byte[] rows)
    {
        using var compressed = new MemoryStream();
        using (var stream = new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            stream.Write(rows);
        }

        return Chunk("IDAT"u8, compressed.ToArray());
    }

    /// <summary>An eXIf chunk with one tag, the orientation.</summary>
    public PngWriter Orientation(byte orientation) => Chunk("eXIf"u8, Exif(orientation));

    /// <summary>A TIFF structure with one tag, the orientation.</summary>
    public static byte[] Exif(byte orientation) =>
        [.. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];

    public byte[] End() => Chunk("IEND"u8, []).file.ToArray();

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var checksum = uint.MaxValue;
        foreach (var value in bytes)
        {
            checksum ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                checksum = (checksum >> 1) ^ ((checksum & 1) * 0xEDB88320);
            }
        }

        return ~checksum;
    }
}
