using System.Runtime.InteropServices;

namespace Gpu.Loader.Images;

/// <summary>
/// Reads JPEG, PNG, BMP, GIF (the first frame) and TGA pictures to 8-bit RGB. The content decides the format, not the name.
/// The size is checked before anything is decoded, and an incomplete file is an error rather than a half-grey picture.
/// Grey becomes RGB, 16 bits become 8, transparent pixels lie over white.
/// </summary>
public static class ImageFile
{
    /// <summary>Uncompressed 16-bit RGBA, the most that a pixel takes in a supported file.</summary>
    private const int MaximumBytesPerPixel = 8;

    /// <summary>What metadata may add to the pixels: colour profiles, thumbnails, maker's notes.</summary>
    private const int MaximumMetadata = 64 << 20;

    private const int ChunkLength = 1 << 16;

    /// <summary>Reads a picture.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Limits and orientation; null for the defaults.</param>
    /// <exception cref="ImageException">The file cannot be opened, is no picture of a supported format, is damaged or is too large.</exception>
    public static RgbImage Read(string path, ImageReadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
        {
            throw new ImageException(path, "is a folder; give a picture file");
        }

        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            return Read(stream, path, options);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ImageException(path, "does not exist; check the path", exception);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new ImageException(path, "may not be read; check its permissions", exception);
        }
        catch (Exception exception) when (exception is IOException or ArgumentException or NotSupportedException)
        {
            throw new ImageException(path, $"cannot be opened ({exception.Message.TrimEnd('.')}); check the path", exception);
        }
    }

    /// <summary>Reads a picture from a stream, from its position to its end.</summary>
    /// <param name="stream">A readable stream; it stays open.</param>
    /// <param name="name">What messages call the picture.</param>
    /// <param name="options">Limits and orientation; null for the defaults.</param>
    /// <exception cref="ImageException">The stream cannot be read, or holds no picture of a supported format, a damaged or a too large one.</exception>
    public static RgbImage Read(Stream stream, string name, ImageReadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrEmpty(name);
        options ??= new ImageReadOptions();
        try
        {
            return Decode(ReadAll(stream, options), options);
        }
        catch (InvalidDataException exception)
        {
            throw new ImageException(name, exception.Message, exception.InnerException);
        }
        catch (IOException exception)
        {
            throw new ImageException(name, $"cannot be read ({exception.Message.TrimEnd('.')}); copy or download it again", exception);
        }
    }

    /// <summary>Reads a picture from memory.</summary>
    /// <param name="data">The whole file.</param>
    /// <param name="name">What messages call the picture.</param>
    /// <param name="options">Limits and orientation; null for the defaults.</param>
    /// <exception cref="ImageException">The data hold no picture of a supported format, a damaged or a too large one.</exception>
    public static RgbImage Read(ReadOnlyMemory<byte> data, string name, ImageReadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var isWholeArray = MemoryMarshal.TryGetArray(data, out var segment) && segment.Array is { } array && segment.Count == array.Length;
        try
        {
            return Decode(isWholeArray ? segment.Array! : data.ToArray(), options ?? new ImageReadOptions());
        }
        catch (InvalidDataException exception)
        {
            throw new ImageException(name, exception.Message, exception.InnerException);
        }
    }

    private static RgbImage Decode(byte[] file, ImageReadOptions options)
    {
        var format = ImageSignature.Recognise(file.AsSpan(0, Math.Min(file.Length, ImageSignature.Length)));
        var limit = options.MaximumPixels;
        var encoded = format switch
        {
            ImageFormat.Jpeg => JpegStructure.Read(file, limit),
            ImageFormat.Png => PngStructure.Read(file, limit),
            ImageFormat.Bmp => BmpStructure.Read(file, limit),
            ImageFormat.Gif => GifStructure.Read(file, limit),
            _ => TgaStructure.Read(file, limit),
        };
        var image = PixelDecoder.Decode(encoded);
        return options.ApplyOrientation ? Orientation.Apply(image, Orientation.Read(encoded.Exif)) : image;
    }

    /// <summary>Reads to the end, but no further than the first bytes of what is not a picture, and not beyond what a picture may take.</summary>
    private static byte[] ReadAll(Stream stream, ImageReadOptions options)
    {
        var pixels = Math.Clamp(options.MaximumPixels, 0, EncodedImage.MaximumPixels);
        var limit = Math.Min(Array.MaxLength, (pixels * MaximumBytesPerPixel) + MaximumMetadata);
        var start = new byte[ImageSignature.Length];
        var count = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        _ = ImageSignature.Recognise(start.AsSpan(0, count));

        var rest = stream.CanSeek ? stream.Length - stream.Position : 0;
        if (count + rest > limit)
        {
            throw TooLarge(limit);
        }

        using var file = new MemoryStream((int)(count + rest));
        file.Write(start, 0, count);
        var chunk = new byte[ChunkLength];
        for (int read; (read = stream.Read(chunk)) > 0; file.Write(chunk, 0, read))
        {
            if (file.Length + read > limit)
            {
                throw TooLarge(limit);
            }
        }

        return file.Capacity == file.Length ? file.GetBuffer() : file.ToArray();
    }

    private static InvalidDataException TooLarge(long limit) =>
        new($"is larger than {limit} bytes, which no picture within the pixel limit needs; scale it down or raise the limit");
}
