using System.Numerics;
using System.Text;
using Google.Protobuf;
using Gpu.Loader.Checkpoints.Protos;
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

    private const int MaximumRank = 254;

    /// <summary>Slices of one tensor are compared pairwise for overlaps; no real file comes near.</summary>
    private const int MaximumSlices = 4096;

    private readonly IReadOnlyList<MappedFile> files;
    private readonly List<TableReader> tables = [];
    private readonly Dictionary<string, StoredTensor> tensors = new(StringComparer.Ordinal);

    /// <summary>Reads the lists of all shards; the files become the reader's to dispose once it is made.</summary>
    /// <exception cref="CheckpointException">A list is damaged, or slices overlap or leave holes.</exception>
    public TensorFlowV1Reader(IReadOnlyList<MappedFile> files)
    {
        this.files = files;
        for (var shard = 0; shard < files.Count; shard++)
        {
            tables.Add(new TableReader(files[shard]));
            ReadList(shard);
        }

        foreach (var tensor in tensors.Values)
        {
            RequireCover(tensor);
        }
    }

    public CheckpointFormat Format => CheckpointFormat.TensorFlowV1;

    public IReadOnlyCollection<TensorEntry> Tensors => [.. tensors.Values.Select(t => t.Entry)];

    public ReadOnlySpan<byte> ReadBytes(TensorEntry entry)
    {
        var tensor = tensors[entry.Name];
        if (tensor.Slices.Count == 1)
        {
            return ReadSlice(entry, tensor.Slices[0]);
        }

        if (entry.Bytes > Array.MaxLength)
        {
            throw Problem(tensor.Slices[0].Shard, entry.Name, $"has {entry.Bytes} bytes in slices, more than can be put together");
        }

        var whole = new byte[entry.Bytes];
        foreach (var slice in tensor.Slices)
        {
            Place(entry, slice, ReadSlice(entry, slice), whole);
        }

        return whole;
    }

    public void Dispose()
    {
        foreach (var file in files)
        {
            file.Dispose();
        }
    }

    private void ReadList(int shard)
    {
        if (!tables[shard].TryFind([], out var value))
        {
            throw CheckpointException.For(
                files[shard].Path, "has no list of tensors: it is the index of a TensorFlow V2 checkpoint or another table, and this version reads V1 checkpoints");
        }

        SavedTensorSliceMeta? list;
        try
        {
            list = SavedTensorSlices.Parser.ParseFrom(value).Meta;
        }
        catch (InvalidProtocolBufferException exception)
        {
            // A V2 index has its BundleHeaderProto under the same key, which does not parse as this message.
            throw IsBundleHeader(value)
                ? CheckpointException.For(files[shard].Path, "is the index of a TensorFlow V2 checkpoint, and this version reads V1 checkpoints")
                : CheckpointException.For(files[shard].Path, $"has a broken list of tensors: {CheckpointException.Damaged}", exception);
        }

        if (list is null)
        {
            throw CheckpointException.For(files[shard].Path, IsBundleHeader(value)
                ? "is the index of a TensorFlow V2 checkpoint, and this version reads V1 checkpoints"
                : $"has no list of tensors: {CheckpointException.Damaged}");
        }

        RequireVersion(shard, list.Versions);
        foreach (var meta in list.Tensor)
        {
            Register(shard, meta);
        }
    }

    /// <summary>BundleHeaderProto starts with num_shards, field 1, as a varint; SavedTensorSlices has a message there.</summary>
    private static bool IsBundleHeader(ReadOnlySpan<byte> value) => value is [0x08, ..];

    private void RequireVersion(int shard, VersionDef? versions)
    {
        if (versions?.MinConsumer > Version)
        {
            throw CheckpointException.For(
                files[shard].Path, $"demands a reader of format version {versions.MinConsumer}, and this one knows version {Version}; save it with an older TensorFlow");
        }

        if (versions?.BadConsumers.Contains(Version) == true)
        {
            throw CheckpointException.For(
                files[shard].Path, $"declares that readers of format version {Version}, as this one is, misread it; save it again with a later TensorFlow");
        }
    }

    private void Register(int shard, SavedSliceMeta meta)
    {
        var shape = meta.Shape?.Dim.Select(d => d.Size).ToArray() ?? [];
        if (!Enum.IsDefined((ElementType)meta.Type))
        {
            throw Problem(shard, meta.Name, $"has the unknown element type {meta.Type}");
        }

        var type = (ElementType)meta.Type;
        if (meta.Shape?.UnknownRank == true || shape.Length > MaximumRank)
        {
            throw Problem(shard, meta.Name, $"has no rank, or one above {MaximumRank}: {CheckpointException.Damaged}");
        }

        // Zeros count as ones, so that no part of the product overflows either.
        if (shape.Any(d => d < 0)
            || shape.Aggregate(BigInteger.One, (product, d) => product * Math.Max(1, d)) * Math.Max(1, type.Size()) > long.MaxValue)
        {
            throw Problem(shard, meta.Name, $"has the impossible shape [{string.Join(", ", shape)}]: {CheckpointException.Damaged}");
        }

        if (!tensors.TryGetValue(meta.Name, out var tensor))
        {
            tensor = new StoredTensor(new TensorEntry(meta.Name, type, shape), []);
            tensors.Add(meta.Name, tensor);
        }
        else if (tensor.Entry.Type != type || !tensor.Entry.Shape.SequenceEqual(shape))
        {
            throw Problem(shard, meta.Name, "has different types or shapes in different shards; put the shards of one checkpoint together");
        }

        foreach (var slice in meta.Slice)
        {
            tensor.Slices.Add(ReadSliceShape(shard, tensor.Entry, slice));
        }
    }

    private StoredSlice ReadSliceShape(int shard, TensorEntry entry, TensorSliceProto slice)
    {
        var extents = slice.Extent
            .Select(e => e.HasLengthCase == TensorSliceProto.Types.Extent.HasLengthOneofCase.Length ? new SliceExtent(e.Start, e.Length) : SliceExtent.Whole)
            .ToArray();
        var fits = extents.Length == entry.Shape.Count && extents.Zip(entry.Shape).All(pair =>
            pair.First.IsWhole
            || (pair.First.Start >= 0 && pair.First.Length >= 0 && pair.First.Start <= pair.Second && pair.First.Length <= pair.Second - pair.First.Start));
        return fits
            ? new StoredSlice(shard, extents)
            : throw Problem(shard, entry.Name, $"has a slice outside its shape [{string.Join(", ", entry.Shape)}]: {CheckpointException.Damaged}");
    }

    /// <summary>Refuses slices that overlap or leave holes: without overlaps, counting elements is enough.</summary>
    private void RequireCover(StoredTensor tensor)
    {
        var (entry, slices) = tensor;
        if (slices.Count is 0 or > MaximumSlices)
        {
            throw Problem(0, entry.Name, $"is listed in {slices.Count} slices: {CheckpointException.Damaged}");
        }

        for (var i = 0; i < slices.Count; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (Overlap(entry, slices[i], slices[j]))
                {
                    throw Problem(slices[i].Shard, entry.Name, $"has overlapping slices: {CheckpointException.Damaged}");
                }
            }
        }

        if (slices.Sum(s => s.Elements(entry)) != entry.Elements)
        {
            throw Problem(0, entry.Name, "has slices that leave holes; put all shards of the checkpoint together");
        }
    }

    private static bool Overlap(TensorEntry entry, StoredSlice one, StoredSlice other)
    {
        for (var d = 0; d < entry.Shape.Count; d++)
        {
            var (a, b) = (one.Extents[d].Within(entry.Shape[d]), other.Extents[d].Within(entry.Shape[d]));
            if (a.Start + a.Length <= b.Start || b.Start + b.Length <= a.Start)
            {
                return false;
            }
        }

        return true;
    }

    private ReadOnlySpan<byte> ReadSlice(TensorEntry entry, StoredSlice slice)
    {
        if (!tables[slice.Shard].TryFind(SliceKey.Encode(entry.Name, slice.Extents), out var message))
        {
            throw Problem(slice.Shard, entry.Name, $"is listed, but its values are absent: {CheckpointException.Damaged}");
        }

        return SavedSliceReader.TryRead(message, entry.Type, slice.Elements(entry), out var values)
            ? values
            : throw Problem(
                slice.Shard, entry.Name, $"has other values than the {slice.Elements(entry)} of type {entry.Type.Name()} that are listed: {CheckpointException.Damaged}");
    }

    /// <summary>Copies a slice's rows, runs of its last dimension, to their places in the whole tensor.</summary>
    private static void Place(TensorEntry entry, StoredSlice slice, ReadOnlySpan<byte> values, byte[] whole)
    {
        var size = entry.Type.Size();
        var rank = entry.Shape.Count;
        var extents = slice.Extents.Select((e, d) => e.Within(entry.Shape[d])).ToArray();
        var row = (int)extents[rank - 1].Length * size;
        if (row == 0)
        {
            return;
        }

        var at = new long[rank];
        for (var source = 0; source < values.Length; source += row)
        {
            long offset = 0;
            for (var d = 0; d < rank; d++)
            {
                offset = (offset * entry.Shape[d]) + extents[d].Start + at[d];
            }

            values.Slice(source, row).CopyTo(whole.AsSpan((int)(offset * size)));
            for (var d = rank - 2; d >= 0 && ++at[d] == extents[d].Length; d--)
            {
                at[d] = 0;
            }
        }
    }

    private CheckpointException Problem(int shard, string tensor, string problem) =>
        CheckpointException.ForTensor(files[shard].Path, Printable(tensor), problem);

    /// <summary>A name from a damaged file may be anything.</summary>
    private static string Printable(string name)
    {
        var text = new StringBuilder();
        foreach (var c in name.AsSpan(0, Math.Min(name.Length, 200)))
        {
            text.Append(char.IsControl(c) ? '?' : c);
        }

        return text.ToString();
    }

    private sealed record StoredTensor(TensorEntry Entry, List<StoredSlice> Slices);

    private sealed record StoredSlice(int Shard, SliceExtent[] Extents)
    {
        public long Elements(TensorEntry entry)
        {
            long product = 1;
            for (var d = 0; d < Extents.Length; d++)
            {
                product *= Extents[d].Within(entry.Shape[d]).Length;
            }

            return product;
        }
    }
}
