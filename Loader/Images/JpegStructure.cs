using System.Buffers.Binary;

namespace Gpu.Loader.Images;

/// <summary>
/// The markers of a JPEG file (ITU-T T.81, annex B), walked from its start to its end marker without decoding,
/// because the decoder takes a missing rest for grey.
/// </summary>
internal static class JpegStructure
{
    /// <summary>Each scan passes over the whole picture, so their number bounds the time; encoders write about ten.</summary>
    private const int MaximumScans = 256;

    /// <summary>A block of 8x8 pixels takes at least one bit of the component that is sampled most densely.</summary>
    private const int MaximumPixelsPerByte = 8 * 8 * 8;

    private const byte StartOfImage = 0xD8;
    private const byte EndOfImage = 0xD9;
    private const byte StartOfScan = 0xDA;
    private const byte Application1 = 0xE1;

    /// <summary>Checks the structure of a JPEG file.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, incomplete, too large or of an unsupported process.</exception>
    public static EncodedImage Read(byte[] file, long maximumPixels)
    {
        var (width, height, scans) = (0, 0, 0);
        var exif = ReadOnlyMemory<byte>.Empty;
        using var cleaned = new MemoryStream();
        var kept = 0; // Everything before it is in `cleaned`, or was left out on purpose.
        var position = 2;
        while (true)
        {
            var gap = position;
            var marker = NextMarker(file, ref position, out var start);
            if (start > gap)
            {
                // Stray bytes between segments, which libjpeg skips and our decoder refuses.
                cleaned.Write(file.AsSpan(kept, gap - kept));
                kept = start;
            }

            if (marker == EndOfImage)
            {
                break;
            }

            if (marker is StartOfImage or 0x01 or (>= 0xD0 and <= 0xD7))
            {
                continue;
            }

            var segment = Segment(file, ref position);
            if (IsStartOfFrame(marker))
            {
                (width, height) = StartOfFrame(marker, segment.Span, file.Length, maximumPixels);
            }
            else if (marker == Application1 && exif.IsEmpty && segment.Span.StartsWith("Exif\0\0"u8))
            {
                exif = segment[6..];
            }
            else if (marker == StartOfScan)
            {
                scans++;
                SkipEntropyCodedData(file, ref position);
            }

            if (scans > MaximumScans)
            {
                throw new InvalidDataException($"has more than {MaximumScans} scans; save it again as an ordinary JPEG");
            }
        }

        if (scans == 0 || width == 0)
        {
            throw new InvalidDataException("is a JPEG file without a picture; export it again");
        }

        if (cleaned.Length == 0)
        {
            return new EncodedImage(width, height, file, exif);
        }

        cleaned.Write(file.AsSpan(kept));
        return new EncodedImage(width, height, cleaned.ToArray(), exif);
    }

    /// <summary>Finds the next marker, over stray bytes, stuffed zeros and fill bytes, and moves behind it.</summary>
    private static byte NextMarker(byte[] file, ref int position, out int start)
    {
        while (true)
        {
            var next = position < file.Length ? file.AsSpan(position).IndexOf((byte)0xFF) : -1;
            if (next < 0)
            {
                throw new InvalidDataException(EncodedImage.Truncated);
            }

            start = position + next;
            position = start + 1;
            while (position < file.Length && file[position] == 0xFF)
            {
                position++;
            }

            if (position < file.Length && file[position++] is var marker and not 0)
            {
                return marker;
            }
        }
    }

    private static ReadOnlyMemory<byte> Segment(byte[] file, ref int position)
    {
        var length = position + 2 <= file.Length ? BinaryPrimitives.ReadUInt16BigEndian(file.AsSpan(position)) : int.MaxValue;
        if (length > file.Length - position)
        {
            throw new InvalidDataException(EncodedImage.Truncated);
        }

        if (length < 2)
        {
            throw new InvalidDataException("is a damaged JPEG file (a segment shorter than its own length field); copy or download it again");
        }

        var segment = file.AsMemory(position + 2, length - 2);
        position += length;
        return segment;
    }

    /// <summary>Moves to the marker that ends a scan; stuffed zeros and restart markers belong to the scan.</summary>
    private static void SkipEntropyCodedData(byte[] file, ref int position)
    {
        while (true)
        {
            var next = file.AsSpan(position).IndexOf((byte)0xFF);
            if (next < 0 || position + next + 1 >= file.Length)
            {
                throw new InvalidDataException(EncodedImage.Truncated);
            }

            position += next;
            if (file[position + 1] is not (0 or 0xFF or (>= 0xD0 and <= 0xD7)))
            {
                return;
            }

            position += file[position + 1] == 0xFF ? 1 : 2;
        }
    }

    private static bool IsStartOfFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    private static (int Width, int Height) StartOfFrame(byte marker, ReadOnlySpan<byte> segment, int fileLength, long maximumPixels)
    {
        if (marker > 0xC2)
        {
            var process = marker > 0xC8 ? "arithmetic-coded" : marker is 0xC3 or 0xC7 ? "lossless" : "hierarchical";
            throw new InvalidDataException($"is a JPEG picture of the {process} process, which is not supported; save it as an ordinary JPEG or PNG");
        }

        if (segment.Length < 6)
        {
            throw new InvalidDataException("is a damaged JPEG file (its frame header is cut short); copy or download it again");
        }

        if (segment[0] != 8)
        {
            throw new InvalidDataException($"is a JPEG picture with {segment[0]} bits a sample, which is not supported; save it with 8 bits");
        }

        if (segment[5] is not (1 or 3 or 4))
        {
            throw new InvalidDataException($"is a JPEG picture with {segment[5]} colour components, which is not supported; save it as RGB");
        }

        int height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]);
        int width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
        EncodedImage.CheckSize(width, height, maximumPixels);
        return (long)width * height <= (long)fileLength * MaximumPixelsPerByte
            ? (width, height)
            : throw new InvalidDataException($"declares {width}x{height} pixels, for which its {fileLength} bytes cannot suffice; copy or download it again");
    }
}
