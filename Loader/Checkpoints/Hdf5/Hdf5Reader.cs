namespace Gpu.Loader.Checkpoints.Hdf5;

/// <summary>
/// Keras's weights (HDF5 File Format Specification 3.0, The HDF Group): groups that lead to datasets, whose paths are the
/// tensors' names. Values that lie in one piece are used in the mapped file. Only the structures of the format that Keras and h5py
/// write by default are read; the values have no checksums. Datasets of other types than numbers are left out.
/// <para>
/// A library for all of HDF5 would allocate whatever lengths a damaged file names, follow links to other files, and hide both
/// where values lie and their byte order.
/// </para>
/// </summary>
internal sealed class Hdf5Reader : ICheckpointReader
{
    /// <summary>The remedy for what this reader leaves to libraries.</summary>
    public const string SaveAgain = "save it again with h5py.File(name, 'w', libver='earliest')";

    /// <summary>Groups in groups.</summary>
    private const int MaximumDepth = 32;

    private readonly MappedFile file;
    private readonly Dictionary<string, StoredTensor> tensors = new(StringComparer.Ordinal);

    /// <summary>Walks all groups; the file becomes the reader's to dispose once it is made.</summary>
    /// <exception cref="CheckpointException">A structure is damaged, or of a kind that is not read.</exception>
    public Hdf5Reader(MappedFile file)
    {
        this.file = file;
        var source = new Hdf5Source(file);
        ReadGroup(source, string.Empty, ObjectHeader.Read(source, source.RootHeader), [source.RootHeader], MaximumDepth);
        RequireRoom();
    }

    public CheckpointFormat Format => CheckpointFormat.Hdf5;

    public IReadOnlyCollection<TensorEntry> Tensors => [.. tensors.Values.Select(t => t.Entry)];

    public IReadOnlyCollection<MappedFile> Files => [file];

    /// <summary>Whether a file is of this format.</summary>
    public static bool IsPresent(MappedFile file) => Superblock.IsPresent(file);

    public TensorBytes ReadBytes(TensorEntry entry)
    {
        var (_, start, problem) = tensors[entry.Name];
        return problem is null
            ? file.Slice(start, entry.Bytes)
            : throw CheckpointException.For(file.Path, problem, SaveAgain, entry.Name);
    }

    public bool IsInPlace(TensorEntry entry) => true;

    public void Dispose() => file.Dispose();

    private void ReadGroup(Hdf5Source source, string prefix, List<HeaderMessage> header, HashSet<long> groups, int depth)
    {
        foreach (var (name, address) in GroupLinks.Read(source, header))
        {
            source.Charge(prefix.Length + name.Length);
            var path = prefix + name;
            var messages = ObjectHeader.Read(source, address);
            if (messages.Exists(m => m.Kind == MessageKind.Layout))
            {
                ReadDataset(source, path, messages);
            }
            else if (groups.Add(address))
            {
                if (depth == 0)
                {
                    throw CheckpointException.For(file.Path, $"has more than {MaximumDepth} groups in each other", CheckpointException.Damaged);
                }

                ReadGroup(source, path + "/", messages, groups, depth - 1);
            }
        }
    }

    private void ReadDataset(Hdf5Source source, string name, List<HeaderMessage> messages)
    {
        var datatype = Find(MessageKind.Datatype);
        if (datatype.IsShared || Hdf5Datatype.Read(source.Open(datatype.Address, datatype.Length)) is not { } type)
        {
            return;
        }

        var dataspace = Find(MessageKind.Dataspace);
        if (ReadShape(source.Open(dataspace.Address, dataspace.Length)) is not { } shape)
        {
            return;
        }

        var layout = Find(MessageKind.Layout);
        var entry = TensorEntry.Checked(file.Path, name, type.Type, shape);
        var (start, problem) = FindValues(source, entry, source.Open(layout.Address, layout.Length));
        problem ??= type.IsBigEndian ? "is stored in big-endian order, which is not read" : null;
        if (!tensors.TryAdd(name, new StoredTensor(entry, start, problem)))
        {
            throw CheckpointException.For(file.Path, "is listed twice", CheckpointException.Damaged, name);
        }

        HeaderMessage Find(MessageKind kind) => messages.Exists(m => m.Kind == kind)
            ? messages.Find(m => m.Kind == kind)
            : throw CheckpointException.For(file.Path, $"lacks its {kind.ToString().ToLowerInvariant()}", CheckpointException.Damaged, name);
    }

    /// <summary>A dataspace message (section IV.A.2.b); null if it has no elements, not even one.</summary>
    private static long[]? ReadShape(Hdf5Cursor cursor)
    {
        const int firstVersion = 1, noElements = 2;
        var (version, rank, _, kind) = (cursor.ReadByte(), cursor.ReadByte(), cursor.ReadByte(), cursor.ReadByte());
        if (version == firstVersion)
        {
            cursor.Skip(sizeof(uint));
        }
        else if (kind == noElements)
        {
            return null;
        }

        var shape = new long[rank];
        for (var i = 0; i < rank; i++)
        {
            shape[i] = cursor.ReadLength();
        }

        return shape;
    }

    /// <summary>A layout message (section IV.A.2.i): where the values begin, or why they cannot be read.</summary>
    private (long Start, string? Problem) FindValues(Hdf5Source source, TensorEntry entry, Hdf5Cursor cursor)
    {
        const int oldest = 3, latest = 4, compact = 0, contiguous = 1;
        if (cursor.ReadByte() is not (oldest or latest))
        {
            return (0, "has a layout of an unknown version");
        }

        long start;
        long length;
        switch (cursor.ReadByte())
        {
            case compact:
                length = cursor.ReadUInt16();
                start = cursor.Position;
                break;
            case contiguous:
                var address = cursor.ReadOffset();
                length = cursor.ReadLength();
                if (address is null)
                {
                    return (0, entry.Bytes == 0 ? null : "has no values");
                }

                start = source.Position(address.Value);
                break;
            default:
                return (0, "is stored in chunks, perhaps compressed, which are not read");
        }

        if (length != entry.Bytes)
        {
            throw CheckpointException.For(
                file.Path, "has values of another size than its shape", CheckpointException.Damaged, entry.Name, start, $"{entry.Bytes} bytes", $"{length}");
        }

        file.Slice(start, length);
        return (start, null);
    }

    /// <summary>Values that overlap would let a small file stand for large tensors.</summary>
    private void RequireRoom()
    {
        var sum = tensors.Values.Where(t => t.Problem is null).Aggregate(0m, (bytes, t) => bytes + t.Entry.Bytes);
        if (sum > file.Length)
        {
            throw CheckpointException.For(file.Path, "has tensors that overlap", CheckpointException.Damaged, expected: $"at most {file.Length} bytes of values", found: $"{sum}");
        }
    }

    private sealed record StoredTensor(TensorEntry Entry, long Start, string? Problem);
}
