using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gpu.Loader.Checkpoints.Safetensors;

/// <summary>Writes safetensors files, the tensors in the order of their names.</summary>
internal static class SafetensorsWriter
{
    /// <summary>Values begin at a multiple of this (the format's own writer pads so).</summary>
    private const int Alignment = 8;

    /// <summary>Writes one file.</summary>
    public static void Write(string path, IReadOnlyList<TensorSource> tensors, SourcePieces pieces)
    {
        var ordered = Ordered(path, tensors);
        AtomicFile.Write(path, stream => Write(stream, Header(ordered), ordered, pieces));
    }

    /// <summary>Writes to memory.</summary>
    /// <param name="name">Stands for the path in messages.</param>
    /// <param name="tensors">The tensors.</param>
    /// <param name="pieces">Reads them.</param>
    public static MappedFile WriteToMemory(string name, IReadOnlyList<TensorSource> tensors, SourcePieces pieces)
    {
        var ordered = Ordered(name, tensors);
        var header = Header(ordered);
        return MappedFile.InMemory(
            name, sizeof(ulong) + header.Length + ordered.Sum(t => t.Bytes), stream => Write(stream, header, ordered, pieces));
    }

    private static List<TensorSource> Ordered(string path, IReadOnlyList<TensorSource> tensors)
    {
        var ordered = tensors.OrderBy(t => t.Name, StringComparer.Ordinal).ToList();
        return ordered.Find(t => !SafetensorsTypes.Names.ContainsKey(t.Type)) is { } odd
            ? throw CheckpointException.For(path, $"cannot hold elements of type {odd.Type.Name()}, which safetensors lacks", "leave it out or choose another format", odd.Name)
            : ordered;
    }

    private static void Write(Stream stream, byte[] header, List<TensorSource> ordered, SourcePieces pieces)
    {
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (var tensor in ordered)
        {
            pieces.Read(tensor, piece => stream.Write(piece.Span));
        }
    }

    private static byte[] Header(List<TensorSource> tensors)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            long offset = 0;
            foreach (var tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", SafetensorsTypes.Names[tensor.Type]);
                WriteNumbers(json, "shape", tensor.Shape);
                WriteNumbers(json, "data_offsets", [offset, offset + tensor.Bytes]);
                json.WriteEndObject();
                offset += tensor.Bytes;
            }

            json.WriteEndObject();
        }

        while (buffer.Length % Alignment != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }
}
