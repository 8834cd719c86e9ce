using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Google.Protobuf;
using Gpu.Loader.Checkpoints.Protos;
using Gpu.Loader.Checkpoints.Slices;
using Gpu.Loader.Checkpoints.Tables;

namespace Gpu.Loader.Checkpoints.TensorFlowV2;

/// <summary>
/// TensorFlow's second checkpoint format (tensor_bundle.cc): a table, the index, says where in which data shard each tensor's raw
/// values lie. Data shards are mapped when a tensor of theirs is read, so an index can be listed without them.
/// </summary>
internal sealed class TensorFlowV2Reader : ICheckpointReader
{
    /// <summary>Version of the format (kTensorBundleVersion).</summary>
    private const int Version = 1;

    /// <summary>No real checkpoint comes near.</summary>
    private const int MaximumShards = 99_999;

    /// <summary>An index of a hundred thousand variables takes less. It is parsed to objects, of several times its bytes.</summary>
    private const int MaximumIndex = 16 << 20;

    private readonly MappedFile index;
    private readonly string prefix;
    private readonly int shardCount;
    private readonly Dictionary<string, Entry> tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, BundleEntryProto> slices = new(StringComparer.Ordinal);
    private readonly Dictionary<int, MappedFile> shards = [];
    private readonly ConcurrentDictionary<BundleEntryProto, bool> verified = new(ReferenceEqualityComparer.Instance);

    /// <summary>Reads the index, which becomes the reader's to dispose once it is made.</summary>
    /// <exception cref="CheckpointException">The index is damaged, or slices overlap or leave holes.</exception>
    public TensorFlowV2Reader(MappedFile index, TableReader table)
    {
        this.index = index;
        prefix = index.Path.EndsWith(CheckpointPath.IndexSuffix, StringComparison.Ordinal) ? index.Path[..^CheckpointPath.IndexSuffix.Length] : index.Path;
        if (index.Length > MaximumIndex)
        {
            throw CheckpointException.For(
                index.Path, "is an index beyond reason", CheckpointException.Damaged, expected: $"at most {MaximumIndex} bytes", found: $"{index.Length}");
        }

        var count = 0;
        table.ForEach((key, value) =>
        {
            if (key.IsEmpty)
            {
                count = ReadHeader(value);
            }
            else
            {
                ReadEntry(key, value);
            }
        });
        shardCount = count;
        foreach (var tensor in tensors.Values.Where(t => t.Proto.Slices.Count > 0))
        {
            tensor.Slices.AddRange(tensor.Proto.Slices.Select(s => TensorSlices.Read(index.Path, tensor.Tensor, s)));
            TensorSlices.RequireCover(index.Path, tensor.Tensor, tensor.Slices);
        }

        RequireSeparateValues();
    }

    /// <summary>Whether a table is an index: under its empty key is a header, whose first field is a number; a V1 list's is a message.</summary>
    public static bool IsIndex(TableReader table) => table.TryFind([], out var header) && !header.IsEmpty && header[0] != 0x0a;

    public CheckpointFormat Format => CheckpointFormat.TensorFlowV2;

    public IReadOnlyCollection<TensorEntry> Tensors => [.. tensors.Values.Select(t => t.Tensor)];

    public IReadOnlyCollection<MappedFile> Files
    {
        get
        {
            lock (shards)
            {
                return [.. shards.Values];
            }
        }
    }

    public TensorBytes ReadBytes(TensorEntry entry)
    {
        var (tensor, proto, parts) = tensors[entry.Name];
        if (parts.Count > 0)
        {
            return TensorSlices.Assemble(index.Path, tensor, parts, part => ReadSlice(tensor, part));
        }

        return entry.Type == ElementType.String ? ReadStrings(tensor, proto) : ReadValues(tensor, proto, tensor.Elements);
    }

    public bool IsInPlace(TensorEntry entry) => tensors[entry.Name].Slices.Count == 0 && entry.Type != ElementType.String;

    public void Dispose()
    {
        lock (shards)
        {
            foreach (var shard in shards.Values)
            {
                shard.Dispose();
            }
        }

        index.Dispose();
    }

    private int ReadHeader(ReadOnlySpan<byte> value)
    {
        var header = Parse(BundleHeaderProto.Parser, value, "header");
        if (header.Endianness != 0)
        {
            throw CheckpointException.For(index.Path, "holds big-endian values, which are not read", "save it on a little-endian machine");
        }

        if (header.Version?.MinConsumer > Version)
        {
            throw CheckpointException.For(
                index.Path, "demands a reader of a later format version", "save it with an older TensorFlow", expected: $"{Version}", found: $"{header.Version.MinConsumer}");
        }

        return header.NumShards is > 0 and <= MaximumShards
            ? header.NumShards
            : throw CheckpointException.For(index.Path, $"declares {header.NumShards} data shards", CheckpointException.Damaged);
    }

    private void ReadEntry(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var proto = Parse(BundleEntryProto.Parser, value, "entry");

        // Keys of slices start with the ordered code of the number 0; no name starts with a zero byte.
        if (key[0] == 0)
        {
            slices.Add(Convert.ToHexString(key), proto);
            return;
        }

        var name = Encoding.UTF8.GetString(key);
        if (proto.Shape?.UnknownRank == true)
        {
            throw CheckpointException.For(index.Path, "has no rank", CheckpointException.Damaged, name);
        }

        var tensor = TensorEntry.Checked(index.Path, name, (ElementType)proto.Dtype, proto.Shape?.Dim.Select(d => d.Size).ToArray() ?? []);
        if (!tensors.TryAdd(name, new Entry(tensor, proto, [])))
        {
            throw CheckpointException.For(index.Path, "is listed twice", CheckpointException.Damaged, name);
        }
    }

    /// <summary>Values that overlap would let a small file stand for large tensors. What lies outside a shard is refused on reading.</summary>
    private void RequireSeparateValues()
    {
        var (shard, end) = (0, 0L);
        var values = tensors.Values.Where(t => t.Slices.Count == 0).Select(t => t.Proto).Concat(slices.Values).Where(v => v.Size > 0);
        foreach (var proto in values.OrderBy(v => v.ShardId).ThenBy(v => v.Offset))
        {
            if (proto.ShardId == shard && proto.Offset < end)
            {
                throw CheckpointException.For(
                    index.Path, "has tensors whose values overlap", CheckpointException.Damaged, expected: $"values from byte {end} of shard {shard} on", found: $"from byte {proto.Offset} on");
            }

            (shard, end) = (proto.ShardId, proto.Size > long.MaxValue - proto.Offset ? long.MaxValue : proto.Offset + proto.Size);
        }
    }

    private T Parse<T>(MessageParser<T> parser, ReadOnlySpan<byte> value, string part)
        where T : IMessage<T>
    {
        try
        {
            // What a damaged index has of unknown fields is not kept.
            return parser.WithDiscardUnknownFields(true).ParseFrom(value);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw CheckpointException.For(index.Path, $"has a broken {part}", CheckpointException.Damaged, cause: exception);
        }
    }

    private ReadOnlySpan<byte> ReadSlice(TensorEntry tensor, TensorSlice slice) =>
        slices.TryGetValue(Convert.ToHexString(SliceKey.Encode(tensor.Name, slice.Extents)), out var proto)
            ? ReadValues(tensor, proto, slice.Elements(tensor))
            : throw CheckpointException.For(index.Path, "lists a slice whose values are absent", CheckpointException.Damaged, tensor.Name);

    private ReadOnlySpan<byte> ReadValues(TensorEntry tensor, BundleEntryProto proto, long elements)
    {
        var shard = Shard(tensor, proto);
        var size = elements * tensor.Type.Size();
        if (proto.Size != size)
        {
            throw CheckpointException.For(index.Path, "has values of another size than its shape", CheckpointException.Damaged, tensor.Name, expected: $"{size}", found: $"{proto.Size}");
        }

        var values = Slice(shard, tensor, proto);
        if (!verified.ContainsKey(proto))
        {
            RequireChecksum(shard, tensor, proto, Crc32C.ComputeParallel(values));
            verified.TryAdd(proto, true);
        }

        return values;
    }

    /// <summary>Lengths as varints, the masked checksum of the lengths, then the strings. Checksums take the lengths as fixed integers.</summary>
    private ReadOnlySpan<byte> ReadStrings(TensorEntry tensor, BundleEntryProto proto)
    {
        var shard = Shard(tensor, proto);
        var stored = Slice(shard, tensor, proto);
        var lengths = new List<int>();
        var position = 0;
        uint crc = 0;
        long total = 0;
        Span<byte> number = stackalloc byte[sizeof(uint)];
        for (long i = 0; i < tensor.Elements; i++)
        {
            if (!Varint.TryRead(stored, ref position, out var length) || length > int.MaxValue)
            {
                throw BrokenStrings(shard, tensor, proto);
            }

            lengths.Add((int)length);
            total += (int)length;
            BinaryPrimitives.WriteUInt32LittleEndian(number, (uint)length);
            crc = Crc32C.Compute(number, crc);
        }

        if (stored.Length - position != sizeof(uint) + total)
        {
            throw BrokenStrings(shard, tensor, proto);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(number, Crc32C.Mask(crc));
        var strings = stored[(position + sizeof(uint))..];
        if (!stored.Slice(position, sizeof(uint)).SequenceEqual(number))
        {
            throw BrokenStrings(shard, tensor, proto);
        }

        RequireChecksum(shard, tensor, proto, Crc32C.Compute(strings, Crc32C.Compute(number, crc)));
        var values = new List<byte>(strings.Length + (lengths.Count * sizeof(uint)));
        foreach (var length in lengths)
        {
            StringValues.Append(values, strings[..length]);
            strings = strings[length..];
        }

        return values.ToArray();
    }

    private static CheckpointException BrokenStrings(MappedFile shard, TensorEntry tensor, BundleEntryProto proto) =>
        CheckpointException.For(shard.Path, "has broken lengths of strings", CheckpointException.Damaged, tensor.Name, proto.Offset);

    private static void RequireChecksum(MappedFile shard, TensorEntry tensor, BundleEntryProto proto, uint crc)
    {
        if (Crc32C.Mask(crc) != proto.Crc32C)
        {
            throw CheckpointException.For(
                shard.Path, "has a wrong checksum (crc32c)", CheckpointException.Damaged, tensor.Name, proto.Offset,
                expected: $"{proto.Crc32C:x8}", found: $"{Crc32C.Mask(crc):x8}");
        }
    }

    private static ReadOnlySpan<byte> Slice(MappedFile shard, TensorEntry tensor, BundleEntryProto proto) =>
        proto.Offset >= 0 && proto.Size >= 0 && proto.Offset <= shard.Length && proto.Size <= shard.Length - proto.Offset
            ? shard.Slice(proto.Offset, proto.Size)
            : throw CheckpointException.For(
                shard.Path, $"is listed with {proto.Size} bytes", "the file is cut short, copy or download it again",
                tensor.Name, proto.Offset, "them to lie inside the file", $"{shard.Length} bytes of it");

    private MappedFile Shard(TensorEntry tensor, BundleEntryProto proto)
    {
        lock (shards)
        {
            if (shards.TryGetValue(proto.ShardId, out var shard))
            {
                return shard;
            }

            if (proto.ShardId < 0 || proto.ShardId >= shardCount)
            {
                throw CheckpointException.For(
                    index.Path, "is in a shard that does not exist", CheckpointException.Damaged, tensor.Name, expected: $"0 to {shardCount - 1}", found: $"{proto.ShardId}");
            }

            var path = CheckpointPath.DataShard(prefix, proto.ShardId, shardCount);
            if (!File.Exists(path))
            {
                throw CheckpointException.For(
                    index.Path, $"is in the data shard '{Path.GetFileName(path)}', which is missing", "put all files of the checkpoint into one folder", tensor.Name);
            }

            shard = new MappedFile(path);
            shards.Add(proto.ShardId, shard);
            return shard;
        }
    }

    private sealed record Entry(TensorEntry Tensor, BundleEntryProto Proto, List<TensorSlice> Slices);
}
