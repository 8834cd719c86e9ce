using System.IO.MemoryMappedFiles;

namespace Gpu.Loader.Checkpoints;

/// <summary>
/// A file mapped for reading. Every access is checked against its length; spans are valid until <see cref="Dispose"/>.
/// Windows does not let a mapped file be cut short. Elsewhere that is noticed when a part is asked for; when it happens later,
/// while the part is in use, the system ends the process (SIGBUS): write checkpoints to a new file and rename it.
/// </summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly FileStream? stream;
    private readonly MemoryMappedFile? map;
    private readonly MemoryMappedViewAccessor? view;
    private byte* start;
    private bool disposed;

    /// <summary>Maps a file; an empty one has no map, only its length.</summary>
    /// <exception cref="CheckpointException">The file is missing or cannot be opened.</exception>
    public MappedFile(string path)
    {
        Path = path;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            Length = stream.Length;
            if (Length == 0)
            {
                return;
            }

            map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw CheckpointException.For(path, "does not exist", "check the path", cause: exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            map?.Dispose();
            stream?.Dispose();
            throw CheckpointException.For(path, $"cannot be opened ({exception.Message.TrimEnd('.')})", "check that it is a file that you may read", cause: exception);
        }
    }

    public string Path { get; }

    public long Length { get; }

    /// <summary>A part of the file.</summary>
    /// <exception cref="CheckpointException">It does not lie inside the file, or is larger than a span can be.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public ReadOnlySpan<byte> Slice(long offset, long length)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (offset < 0 || length < 0 || offset > Length || length > Length - offset)
        {
            throw CheckpointException.For(Path, $"points to {length} bytes beyond its {Length} bytes", CheckpointException.Damaged, offset: offset);
        }

        if (RandomAccess.GetLength(stream!.SafeFileHandle) < Length)
        {
            throw CheckpointException.For(
                Path, "was cut short while it was open", "copy it aside before another program writes it", expected: $"{Length} bytes", found: $"{RandomAccess.GetLength(stream.SafeFileHandle)}");
        }

        return length <= int.MaxValue
            ? new ReadOnlySpan<byte>(start + offset, (int)length)
            : throw CheckpointException.For(Path, $"has a part of {length} bytes, and parts above {int.MaxValue} bytes are not read", "save it in smaller parts", offset: offset);
    }

    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        if (start is not null)
        {
            view!.SafeMemoryMappedViewHandle.ReleasePointer();
        }

        view?.Dispose();
        map?.Dispose();
        stream?.Dispose();
    }
}
