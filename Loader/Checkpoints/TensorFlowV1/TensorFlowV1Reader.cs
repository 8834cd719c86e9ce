using Google.Protobuf;
using Gpu.Loader.Checkpoints.Protos;
using Gpu.Loader.Checkpoints.Slices;
using Gpu.Loader.Checkpoints.Tables;

namespace Gpu.Loader.Checkpoints.TensorFlowV1;

/// <summary>
/// TensorFlow's first checkpoint format (tensor_slice_reader.cc): each shard is a table whose empty key lists tensors and the
/// slices of them that the shard holds; the other keys lead to the slices' values.
/// </summary>
internal sealed class TensorFlowV1Reader : ICheckpointReader
{
    /// <summary>Version of the format (TF_CHECKPOINT_VERSION): files that demand a later reader are refused.</summary>
    private const int Version = 1;

    /// <summary>A list of a hundred thousand variables takes less. It is parsed to objects, of up to 50 times its bytes.</summary>
    private const int MaximumList = 8 << 20;

    /// <summary>What a damaged list has of unknown fields is not kept.</summary>
    private static readonly MessageParser<SavedTensorSlices> ListParser = SavedTensorSlices.Parser.WithDiscardUnknownFields(true);

    private readonly IReadOnlyList<MappedFile> files;
    private readonly Dictionary<string, TableReader> tables = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StoredTensor> tensors = new(StringComparer.Ordinal);

    /// <summary>Reads the lists of all shards; the files become the reader's to dispose once it is made.</summary>
    /// <exception cref="CheckpointException">A list is damaged, or slices overlap or leave holes.</exception>
    public TensorFlowV1Reader(IReadOnlyList<MappedFile> files, IReadOnlyList<TableReader> tables)
    {
        this.files = files;
        foreach (var (file, table) in files.Zip(tables))
        {
            this.tables.Add(file.Path, table);
            ReadList(file.Path);
        }

        foreach (var (entry, slices) in tensors.Values)
        {
            TensorSlices.RequireCover(files[0].Path, entry, slices);
        }
    }

    public CheckpointFormat Format => CheckpointFormat.TensorFlowV1;

    public IReadOnlyCollection<TensorEntry> Tensors => [.. tensors.Values.Select(t => t.Entry)];

    public IReadOnlyCollection<MappedFile> Files => [.. files];

    public TensorBytes ReadBytes(TensorEntry entry)
    {
        var slices = tensors[entry.Name].Slices;
        return slices.Count == 1
            ? ReadSlice(entry, slices[0])
            : TensorSlices.Assemble(slices[0].File, entry, slices, slice => ReadSlice(entry, slice).Span);
    }

    public bool IsInPlace(TensorEntry entry) => tensors[entry.Name].Slices.Count == 1 && SavedSliceReader.IsStoredAsBytes(entry.Type);

    public void Dispose()
    {
        foreach (var file in files)
        {
            file.Dispose();
        }
    }

    private void ReadList(string file)
    {
        if (!tables[file].TryFind([], out var value))
        {
            throw CheckpointException.For(file, "is a table without a list of tensors", "name a checkpoint");
        }

        if (value.Length > MaximumList)
        {
            throw CheckpointException.For(
                file, "has a list of tensors beyond reason", CheckpointException.Damaged, expected: $"at most {MaximumList} bytes", found: $"{value.Length}");
        }

        SavedTensorSliceMeta? list;
        try
        {
            list = ListParser.ParseFrom(value).Meta;
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw CheckpointException.For(file, "has a broken list of tensors", CheckpointException.Damaged, cause: exception);
        }

        if (list is null)
        {
            throw CheckpointException.For(file, "has no list of tensors", CheckpointException.Damaged);
        }

        RequireVersion(file, list.Versions);
        foreach (var meta in list.Tensor)
        {
            Register(file, meta);
        }
    }

    private static void RequireVersion(string file, VersionDef? versions)
    {
        if (versions?.MinConsumer > Version)
        {
            throw CheckpointException.For(
                file, "demands a reader of a later format version", "save it with an older TensorFlow", expected: $"{Version}", found: $"{versions.MinConsumer}");
        }

        if (versions?.BadConsumers.Contains(Version) == true)
        {
            throw CheckpointException.For(
                file, $"declares that readers of format version {Version}, as this one is, misread it", "save it again with a later TensorFlow");
        }
    }

    private void Register(string file, SavedSliceMeta meta)
    {
        if (meta.Shape?.UnknownRank == true)
        {
            throw CheckpointException.For(file, "has no rank", CheckpointException.Damaged, meta.Name);
        }

        var entry = TensorEntry.Checked(file, meta.Name, (ElementType)meta.Type, meta.Shape?.Dim.Select(d => d.Size).ToArray() ?? []);
        if (!tensors.TryGetValue(entry.Name, out var tensor))
        {
            tensor = new StoredTensor(entry, []);
            tensors.Add(entry.Name, tensor);
        }
        else if (tensor.Entry.Type != entry.Type || !tensor.Entry.Shape.SequenceEqual(entry.Shape))
        {
            throw CheckpointException.For(
                file, "has different types or shapes in different shards", "put the shards of one checkpoint together", entry.Name,
                expected: Describe(tensor.Entry), found: Describe(entry));
        }

        if (meta.Slice.Count > 0)
        {
            TensorSlices.RequireCount(file, entry, tensor.Slices.Count + meta.Slice.Count);
        }

        foreach (var slice in meta.Slice)
        {
            tensor.Slices.Add(TensorSlices.Read(file, tensor.Entry, slice));
        }
    }

    private static string Describe(TensorEntry entry) => $"{entry.Type.Name()} [{string.Join(", ", entry.Shape)}]";

    private TensorBytes ReadSlice(TensorEntry entry, TensorSlice slice)
    {
        if (!tables[slice.File].TryFind(SliceKey.Encode(entry.Name, slice.Extents), out var message))
        {
            throw CheckpointException.For(slice.File, "is listed, but its values are absent", CheckpointException.Damaged, entry.Name);
        }

        return SavedSliceReader.TryRead(message, entry.Type, slice.Elements(entry), out var values)
            ? values
            : throw CheckpointException.For(
                slice.File, "has other values than are listed", CheckpointException.Damaged, entry.Name, expected: $"{slice.Elements(entry)} of type {entry.Type.Name()}");
    }

    private sealed record StoredTensor(TensorEntry Entry, List<TensorSlice> Slices);
}
