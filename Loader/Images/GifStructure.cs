using System.Buffers.Binary;

namespace Gpu.Loader.Images;

/// <summary>The blocks of a GIF file (GIF89a specification) up to the end of its first picture; later frames are not looked at.</summary>
internal static class GifStructure
{
    private const int ScreenDescriptorEnd = 13;
    private const int ImageDescriptorLength = 10;
    private const byte Extension = 0x21;
    private const byte ImageSeparator = 0x2C;

    /// <summary>Checks the structure of a GIF file.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, incomplete or too large.</exception>
    public static EncodedImage Read(byte[] file, long maximumPixels)
    {
        Require(file, ScreenDescriptorEnd);
        int width = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(6));
        int height = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(8));
        EncodedImage.CheckSize(width, height, maximumPixels);

        var position = ScreenDescriptorEnd + ColourTableLength(file[10]);
        Require(file, position + 1);
        while (file[position] == Extension)
        {
            position = SkipSubBlocks(file, position + 2);
            Require(file, position + 1);
        }

        if (file[position] != ImageSeparator)
        {
            throw new InvalidDataException("is a GIF file without a picture; export it again");
        }

        Require(file, position + ImageDescriptorLength);
        var codeSize = position + ImageDescriptorLength + ColourTableLength(file[position + 9]);
        _ = SkipSubBlocks(file, codeSize + 1);
        return new EncodedImage(width, height, file);
    }

    private static int ColourTableLength(byte flags) => (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);

    /// <summary>Moves over blocks of a length byte and as many bytes, to behind the empty block that ends them.</summary>
    private static int SkipSubBlocks(byte[] file, int position)
    {
        while (true)
        {
            Require(file, position + 1);
            var length = file[position];
            position += 1 + length;
            if (length == 0)
            {
                return position;
            }
        }
    }

    private static void Require(byte[] file, int length)
    {
        if (file.Length < length)
        {
            throw new InvalidDataException(EncodedImage.Truncated);
        }
    }
}
