using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gpu.Loader.Checkpoints;

/// <summary>
/// A file mapped for reading. Every access is checked against its length; spans are valid until <see cref="Dispose"/>.
/// Windows does not let a mapped file be cut short. Elsewhere that is noticed when a part is asked for; when it happens later,
/// while the part is in use, the system ends the process (SIGBUS): write checkpoints to a new file and rename it.
/// </summary>
internal sealed unsafe partial class MappedFile : IPinnable, IDisposable
{
    /// <summary>MADV_DONTNEED of Linux.</summary>
    private const int AdviceDontNeed = 4;

    private readonly FileStream? stream;
    private readonly MemoryMappedFile? map;
    private readonly MemoryMappedViewAccessor? view;
    private byte* start;
    private bool disposed;

    /// <summary>Maps a file; an empty one has no map, only its length, and so has what is no regular file.</summary>
    /// <exception cref="CheckpointException">The file is missing or cannot be opened.</exception>
    public MappedFile(string path)
    {
        Path = path;
        try
        {
            // Pipes and devices have no length either, and opening a pipe would wait for who writes it.
            var file = new FileInfo(path);
            if (((file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo) ?? file).Length == 0)
            {
                return;
            }

            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            Length = stream.Length;
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

    /// <summary>Takes memory that is mapped already.</summary>
    private MappedFile(string name, MemoryMappedFile memory, long length)
    {
        Path = name;
        Length = length;
        map = memory;
        view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
    }

    public string Path { get; }

    public long Length { get; }

    /// <summary>A file in memory alone.</summary>
    /// <param name="name">Stands for the path in messages.</param>
    /// <param name="length">Its length, at least 1.</param>
    /// <param name="write">Writes its content.</param>
    public static MappedFile InMemory(string name, long length, Action<Stream> write)
    {
        var memory = MemoryMappedFile.CreateNew(null, length);
        try
        {
            using (var stream = memory.CreateViewStream(0, length, MemoryMappedFileAccess.Write))
            {
                write(stream);
            }

            return new MappedFile(name, memory, length);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>A part of the file.</summary>
    /// <exception cref="CheckpointException">It does not lie inside the file, or is larger than a span can be.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public ReadOnlySpan<byte> Slice(long offset, long length)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (offset < 0 || length < 0 || offset > Length || length > Length - offset)
        {
            throw CheckpointException.For(
                Path, $"points to {length} bytes beyond its end", CheckpointException.Damaged, offset: offset, expected: $"at most {Length} bytes", found: $"{offset} + {length}");
        }

        if (stream is not null && RandomAccess.GetLength(stream.SafeFileHandle) < Length)
        {
            throw CheckpointException.For(
                Path, "was cut short while it was open", "copy it aside before another program writes it", expected: $"{Length} bytes", found: $"{RandomAccess.GetLength(stream.SafeFileHandle)}");
        }

        return length <= int.MaxValue
            ? new ReadOnlySpan<byte>(start + offset, (int)length)
            : throw CheckpointException.For(Path, $"has a part of {length} bytes, and parts above {int.MaxValue} bytes are not read", "save it in smaller parts", offset: offset);
    }

    /// <summary>Keeps a part mapped until the handle is disposed, even beyond <see cref="Dispose"/>; false if it does not lie in this file.</summary>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public bool TryPin(ReadOnlySpan<byte> part, out MemoryHandle handle)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        handle = default;
        if (!Contains(part))
        {
            return false;
        }

        byte* mapped = null;
        view!.SafeMemoryMappedViewHandle.AcquirePointer(ref mapped);
        handle = new MemoryHandle(Address(part), pinnable: this);
        return true;
    }

    /// <summary>
    /// Gives the memory of a part's whole pages back to the system, which reads them from the file again when they are next used.
    /// Nothing happens where the system has no such call, or if the part does not lie in this file or the file in memory alone.
    /// </summary>
    public void Evict(ReadOnlySpan<byte> part)
    {
        if (!OperatingSystem.IsLinux() || stream is null || !Contains(part))
        {
            return;
        }

        var page = (nuint)Environment.SystemPageSize;
        var first = ((nuint)Address(part) + page - 1) / page * page;
        var end = ((nuint)Address(part) + (nuint)part.Length) / page * page;
        if (end > first)
        {
            _ = Advise((void*)first, end - first, AdviceDontNeed);
        }
    }

    MemoryHandle IPinnable.Pin(int elementIndex) => TryPin(Slice(elementIndex, 1), out var handle) ? handle : throw new InvalidOperationException();

    /// <summary>Ends one <see cref="TryPin"/>.</summary>
    public void Unpin() => view!.SafeMemoryMappedViewHandle.ReleasePointer();

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

    private bool Contains(ReadOnlySpan<byte> part) =>
        start is not null && Address(part) >= start && Address(part) + part.Length <= start + Length;

    private static byte* Address(ReadOnlySpan<byte> part) => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(part));

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
