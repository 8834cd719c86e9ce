using System.Buffers.Binary;
using System.Text.Json;

namespace Gpu.Loader.Checkpoints.Safetensors;

/// <summary>
/// safetensors (github.com/huggingface/safetensors, "Format"): the length of a JSON header as a little-endian uint64, the header
/// <c>{name: {dtype, shape, data_offsets}}</c>, then the tensors' raw values, without gaps or overlaps up to the end of the file.
/// The format has no checksums.
/// </summary>
internal sealed class SafetensorsReader : ICheckpointReader
{
    /// <summary>The format's own bound of the header.</summary>
    private const long MaximumHeader = 100_000_000;

    private readonly MappedFile file;
    private readonly Dictionary<string, Entry> tensors = new(StringComparer.Ordinal);

    /// <summary>Reads the header; the file becomes the reader's to dispose once it is made.</summary>
    /// <exception cref="CheckpointException">The header is damaged, or does not describe the values exactly.</exception>
    public SafetensorsReader(MappedFile file)
    {
        this.file = file;
        var length = BinaryPrimitives.ReadUInt64LittleEndian(file.Slice(0, sizeof(ulong)));
        if (length > Math.Min(MaximumHeader, (ulong)file.Length - sizeof(ulong)))
        {
            throw CheckpointException.For(
                file.Path, "has an impossible length of its header", CheckpointException.Damaged, offset: 0,
                expected: $"at most {Math.Min(MaximumHeader, file.Length - sizeof(ulong))}", found: $"{length}");
        }

        var values = sizeof(ulong) + (long)length;
        try
        {
            ReadHeader(file.Slice(sizeof(ulong), (long)length), values);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw CheckpointException.For(file.Path, "has a broken header", CheckpointException.Damaged, offset: sizeof(ulong), cause: exception);
        }

        RequireContiguous(values);
    }

    public CheckpointFormat Format => CheckpointFormat.Safetensors;

    public IReadOnlyCollection<TensorEntry> Tensors => [.. tensors.Values.Select(t => t.Tensor)];

    public IReadOnlyCollection<MappedFile> Files => [file];

    /// <summary>Whether a file may be of this format: a header's length that fits, and a JSON object.</summary>
    public static bool IsPresent(MappedFile file) =>
        file.Length > sizeof(ulong) && file.Slice(sizeof(ulong), 1)[0] == (byte)'{'
        && BinaryPrimitives.ReadUInt64LittleEndian(file.Slice(0, sizeof(ulong))) <= MaximumHeader;

    public TensorBytes ReadBytes(TensorEntry entry)
    {
        var (tensor, start) = tensors[entry.Name];
        return file.Slice(start, tensor.Bytes);
    }

    public bool IsInPlace(TensorEntry entry) => true;

    public void Dispose() => file.Dispose();

    private void ReadHeader(ReadOnlySpan<byte> header, long values)
    {
        var json = new Utf8JsonReader(header, new JsonReaderOptions { MaxDepth = 4 });
        Require(json.Read() && json.TokenType == JsonTokenType.StartObject);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString()!;
            if (name == "__metadata__")
            {
                json.Skip();
            }
            else if (!tensors.TryAdd(name, ReadEntry(ref json, name, values)))
            {
                throw CheckpointException.For(file.Path, "is listed twice", CheckpointException.Damaged, name);
            }
        }

        // Spaces may pad the header.
        Require(json.TokenType == JsonTokenType.EndObject && !json.Read());
    }

    private Entry ReadEntry(ref Utf8JsonReader json, string name, long values)
    {
        string? type = null;
        long[]? shape = null;
        long[]? offsets = null;
        Require(json.Read() && json.TokenType == JsonTokenType.StartObject);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            switch (json.GetString())
            {
                case "dtype":
                    Require(json.Read());
                    type = json.GetString();
                    break;
                case "shape":
                    shape = ReadNumbers(ref json);
                    break;
                case "data_offsets":
                    offsets = ReadNumbers(ref json);
                    break;
                default:
                    throw new JsonException();
            }
        }

        Require(json.TokenType == JsonTokenType.EndObject);
        if (type is null || shape is null || offsets is not [>= 0, _] || offsets[1] < offsets[0])
        {
            throw CheckpointException.For(file.Path, "lacks a type, a shape or its place", CheckpointException.Damaged, name);
        }

        if (!SafetensorsTypes.ByName.TryGetValue(type, out var elementType))
        {
            throw CheckpointException.For(
                file.Path, "has an unknown element type", "save it as one of the types expected", name,
                expected: string.Join(", ", SafetensorsTypes.ByName.Keys.Order(StringComparer.Ordinal)), found: type);
        }

        var tensor = TensorEntry.Checked(file.Path, name, elementType, shape);
        return tensor.Bytes == offsets[1] - offsets[0]
            ? new Entry(tensor, values + offsets[0])
            : throw CheckpointException.For(
                file.Path, "has values of another size than its shape", CheckpointException.Damaged, name, values + offsets[0],
                $"{tensor.Bytes} bytes", $"{offsets[1] - offsets[0]}");
    }

    private static long[] ReadNumbers(ref Utf8JsonReader json)
    {
        Require(json.Read() && json.TokenType == JsonTokenType.StartArray);
        var numbers = new List<long>();
        while (json.Read() && json.TokenType == JsonTokenType.Number)
        {
            numbers.Add(json.GetInt64());
        }

        Require(json.TokenType == JsonTokenType.EndArray);
        return [.. numbers];
    }

    /// <summary>Overlaps would let a small file stand for large tensors, gaps could hide anything.</summary>
    private void RequireContiguous(long values)
    {
        var next = values;
        foreach (var (tensor, start) in tensors.Values.OrderBy(t => t.Start).ThenBy(t => t.Tensor.Bytes))
        {
            if (start != next)
            {
                throw CheckpointException.For(
                    file.Path, "does not begin where the tensor before it ends", CheckpointException.Damaged, tensor.Name, start, $"{next}", $"{start}");
            }

            next = start + tensor.Bytes;
        }

        if (next != file.Length)
        {
            throw CheckpointException.For(
                file.Path, "has values that do not end with the file", CheckpointException.Damaged, expected: $"{next} bytes", found: $"{file.Length}");
        }
    }

    private static void Require(bool valid)
    {
        if (!valid)
        {
            throw new JsonException();
        }
    }

    private sealed record Entry(TensorEntry Tensor, long Start);
}
