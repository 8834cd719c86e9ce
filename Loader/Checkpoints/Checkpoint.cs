using System.Buffers;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Gpu.Loader.Checkpoints.Hdf5;
using Gpu.Loader.Checkpoints.Safetensors;
using Gpu.Loader.Checkpoints.Tables;
using Gpu.Loader.Checkpoints.TensorFlowV1;
using Gpu.Loader.Checkpoints.TensorFlowV2;

namespace Gpu.Loader.Checkpoints;

/// <summary>
/// A file of named tensors, mapped rather than read. Opening reads the list of tensors; a tensor's values are read, and their
/// crc32c verified, when they are asked for. Safe for use by several threads. Spans that it returns may lie in the mapped file,
/// at any alignment, and are valid until <see cref="Dispose"/>.
/// </summary>
public sealed class Checkpoint : IDisposable
{
    private readonly ICheckpointReader reader;
    private readonly Dictionary<string, TensorEntry> byName;
    private bool disposed;

    private Checkpoint(string path, ICheckpointReader reader)
    {
        Path = path;
        this.reader = reader;
        Tensors = reader.Tensors.OrderBy(t => t.Name, StringComparer.Ordinal).ToImmutableArray();
        byName = Tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
    }

    /// <summary>The path as it was given.</summary>
    public string Path { get; }

    /// <summary>The format found.</summary>
    public CheckpointFormat Format => reader.Format;

    /// <summary>The tensors, by name in ordinal order.</summary>
    public IReadOnlyList<TensorEntry> Tensors { get; }

    /// <summary>Opens a checkpoint; the content, not the name, decides the format.</summary>
    /// <param name="path">
    /// A checkpoint file; any shard of a TensorFlow V1 checkpoint or their prefix; the prefix, the index or a data shard of a
    /// TensorFlow V2 checkpoint; or a folder with TensorFlow's list of checkpoints.
    /// </param>
    /// <exception cref="CheckpointException">The file is missing, is something else (the message says what), or is damaged.</exception>
    public static Checkpoint Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var files = new List<MappedFile>();
        try
        {
            foreach (var file in CheckpointPath.Find(path))
            {
                files.Add(new MappedFile(file));
            }

            return new Checkpoint(path, CreateReader(files));
        }
        catch
        {
            files.ForEach(f => f.Dispose());
            throw;
        }
    }

    /// <summary>A checkpoint in memory alone, in the form of safetensors.</summary>
    /// <param name="name">Stands for the path.</param>
    /// <param name="tensors">The tensors; names are distinct.</param>
    /// <param name="cancellationToken">Looked at between pieces.</param>
    /// <exception cref="CheckpointException">A tensor is of a type that safetensors lacks.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Checkpoint InMemory(string name, IReadOnlyList<TensorSource> tensors, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(tensors);
        var memory = SafetensorsWriter.WriteToMemory(name, tensors, new SourcePieces(progress: null, cancellationToken));
        try
        {
            return new Checkpoint(name, new SafetensorsReader(memory));
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>Finds a tensor by name.</summary>
    public bool TryFind(string name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out TensorEntry? entry) => byName.TryGetValue(name, out entry);

    /// <summary>A float32 tensor's values, row-major: a part of the mapped file, or a new array where the tensor is stored in slices.</summary>
    /// <exception cref="ArgumentException">The entry is of another type or another checkpoint.</exception>
    /// <exception cref="CheckpointException">The values are damaged or incomplete.</exception>
    /// <exception cref="ObjectDisposedException">The checkpoint is closed.</exception>
    public ReadOnlySpan<float> ReadFloat32(TensorEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry.Type == ElementType.Float32
            ? MemoryMarshal.Cast<byte, float>(ReadBytes(entry))
            : throw new ArgumentException($"Tensor '{entry.Name}' is {entry.Type.Name()}, not float32.", nameof(entry));
    }

    /// <summary>
    /// The raw little-endian bytes of a tensor, row-major. Of strings: each string's length as a uint32, then the string.
    /// </summary>
    /// <exception cref="ArgumentException">The entry is of another checkpoint.</exception>
    /// <exception cref="CheckpointException">The values are damaged or incomplete.</exception>
    /// <exception cref="ObjectDisposedException">The checkpoint is closed.</exception>
    public ReadOnlySpan<byte> ReadBytes(TensorEntry entry) => Read(entry).Span;

    /// <summary>As <see cref="ReadBytes"/>, to keep: not copied if they were decoded or put together.</summary>
    internal byte[] ReadArray(TensorEntry entry) => Read(entry).ToArray();

    /// <summary>Whether reading a tensor gives a part of the mapped file, and so costs nothing once its checksum is verified.</summary>
    /// <exception cref="ArgumentException">The entry is of another checkpoint.</exception>
    public bool IsInPlace(TensorEntry entry)
    {
        CheckOwn(entry);
        return reader.IsInPlace(entry);
    }

    /// <summary>
    /// Pins a tensor's values where they lie in a mapped file: the memory stays valid until the handle is disposed, even beyond
    /// <see cref="Dispose"/>. It may be unaligned.
    /// </summary>
    /// <returns>Whether they lie in a file so; those of tensors in pieces or compressed do not.</returns>
    /// <exception cref="ArgumentException">The entry is of another checkpoint.</exception>
    /// <exception cref="CheckpointException">The values are damaged.</exception>
    /// <exception cref="ObjectDisposedException">The checkpoint is closed.</exception>
    public bool TryPin(TensorEntry entry, out MemoryHandle values)
    {
        values = default;
        if (!IsInPlace(entry))
        {
            return false;
        }

        var bytes = ReadBytes(entry);
        foreach (var file in reader.Files)
        {
            if (file.TryPin(bytes, out values))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Lets the system have the memory in which a tensor's values are mapped; they are read from the file again when needed.</summary>
    /// <exception cref="ArgumentException">The entry is of another checkpoint.</exception>
    /// <exception cref="ObjectDisposedException">The checkpoint is closed.</exception>
    public void Evict(TensorEntry entry)
    {
        if (!IsInPlace(entry))
        {
            return;
        }

        var bytes = ReadBytes(entry);
        foreach (var file in reader.Files)
        {
            file.Evict(bytes);
        }
    }

    /// <summary>A tensor to be written to another file: this checkpoint stays open meanwhile.</summary>
    /// <exception cref="ArgumentException">The entry is of another checkpoint.</exception>
    /// <exception cref="CheckpointException">It holds strings that are damaged.</exception>
    public TensorSource AsSource(TensorEntry entry)
    {
        CheckOwn(entry);
        var bytes = entry.Type == ElementType.String ? ReadBytes(entry).Length : entry.Bytes;
        return new TensorSource(entry.Name, entry.Type, entry.Shape, bytes, IsInPlace(entry)
            ? (offset, destination) => ReadBytes(entry).Slice((int)offset, destination.Length).CopyTo(destination.Span)
            : FillFromAssembled(entry));
    }

    /// <summary>Closes the file; spans of it become invalid.</summary>
    public void Dispose()
    {
        disposed = true;
        reader.Dispose();
    }

    private static ICheckpointReader CreateReader(List<MappedFile> files)
    {
        if (files.Find(f => !Footer.IsPresent(f)) is { } other)
        {
            return files.Count > 1 ? throw FileSignature.Refuse(other)
                : Hdf5Reader.IsPresent(other) ? new Hdf5Reader(other)
                : SafetensorsReader.IsPresent(other) ? new SafetensorsReader(other)
                : throw FileSignature.Refuse(other);
        }

        var tables = files.ConvertAll(f => new TableReader(f));
        return files.Count == 1 && TensorFlowV2Reader.IsIndex(tables[0])
            ? new TensorFlowV2Reader(files[0], tables[0])
            : new TensorFlowV1Reader(files, tables);
    }

    /// <summary>A tensor that is decoded or put together as a whole is kept from its first piece to its last.</summary>
    private Action<long, Memory<byte>> FillFromAssembled(TensorEntry entry)
    {
        byte[]? assembled = null;
        return (offset, destination) =>
        {
            assembled ??= ReadArray(entry);
            assembled.AsSpan((int)offset, destination.Length).CopyTo(destination.Span);
            if (offset + destination.Length == assembled.Length)
            {
                assembled = null;
            }
        };
    }

    private TensorBytes Read(TensorEntry entry)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        CheckOwn(entry);
        return reader.ReadBytes(entry);
    }

    private void CheckOwn(TensorEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (!byName.TryGetValue(entry.Name, out var own) || !ReferenceEquals(own, entry))
        {
            throw new ArgumentException($"Tensor '{entry.Name}' is not of '{Path}'.", nameof(entry));
        }
    }
}

/// <summary>What each format gives <see cref="Checkpoint"/>.</summary>
internal interface ICheckpointReader : IDisposable
{
    CheckpointFormat Format { get; }

    IReadOnlyCollection<TensorEntry> Tensors { get; }

    /// <summary>The files that are mapped now.</summary>
    IReadOnlyCollection<MappedFile> Files { get; }

    /// <summary>Raw little-endian bytes of a listed tensor; strings as <see cref="StringValues"/>.</summary>
    TensorBytes ReadBytes(TensorEntry entry);

    /// <summary>Whether <see cref="ReadBytes"/> gives memory that is there already.</summary>
    bool IsInPlace(TensorEntry entry);
}
