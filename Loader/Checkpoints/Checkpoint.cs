using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Gpu.Loader.Checkpoints.TensorFlowV1;

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
    /// <param name="path">A checkpoint file, any of its shards, or the prefix of its shards.</param>
    /// <exception cref="CheckpointException">The file is missing, is something else (the message says what), or is damaged.</exception>
    public static Checkpoint Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var shards = ShardedPath.Find(path);
        var files = new List<MappedFile>();
        try
        {
            foreach (var shard in shards)
            {
                files.Add(new MappedFile(shard));
                FileSignature.RequireTable(files[^1]);
            }

            return new Checkpoint(path, new TensorFlowV1Reader(files));
        }
        catch
        {
            files.ForEach(f => f.Dispose());
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

    /// <summary>The raw little-endian bytes of a tensor of any type but strings, row-major.</summary>
    /// <exception cref="ArgumentException">The entry is of strings or of another checkpoint.</exception>
    /// <exception cref="CheckpointException">The values are damaged or incomplete.</exception>
    /// <exception cref="ObjectDisposedException">The checkpoint is closed.</exception>
    public ReadOnlySpan<byte> ReadBytes(TensorEntry entry)
    {
        CheckOwn(entry);
        return entry.Type != ElementType.String
            ? reader.ReadBytes(entry)
            : throw new ArgumentException($"Tensor '{entry.Name}' holds strings.", nameof(entry));
    }

    /// <summary>Closes the file; spans of it become invalid.</summary>
    public void Dispose() => reader.Dispose();

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

    /// <summary>Raw little-endian bytes of a listed tensor that is not of strings.</summary>
    ReadOnlySpan<byte> ReadBytes(TensorEntry entry);
}
