using System.Text;
using Google.Protobuf;
using Gpu.Loader.Checkpoints.Protos;
using Gpu.Loader.Checkpoints.Tables;

namespace Gpu.Loader.Checkpoints.TensorFlowV1;

/// <summary>A float32 tensor to be written; its values are asked for in pieces, in order.</summary>
/// <param name="Name">The variable's name.</param>
/// <param name="Shape">Lengths of the dimensions.</param>
/// <param name="Fill">Writes the elements from an index on into a span: <c>(first, destination)</c>.</param>
public sealed record Float32Source(string Name, IReadOnlyList<long> Shape, Action<long, Memory<float>> Fill);

/// <summary>
/// Writes TensorFlow V1 checkpoints of float32 tensors and an int64 scalar <c>global_step</c>, as tf.train.Saver of TensorFlow 0.11
/// does. Values pass through a small buffer; the file appears under its name only when it is complete.
/// </summary>
public static class TensorFlowV1Writer
{
    /// <summary>TensorFlow's version of the format (TF_CHECKPOINT_VERSION).</summary>
    private const int Version = 1;

    /// <summary>Elements asked for at a time.</summary>
    private const int PieceLength = 1 << 20;

    private const string GlobalStep = "global_step";

    /// <summary>Writes a checkpoint.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="tensors">The tensors, in any order; names are distinct.</param>
    /// <param name="globalStep">Value of <c>global_step</c>.</param>
    /// <param name="progress">Told the bytes written so far.</param>
    /// <param name="cancellationToken">Looked at between pieces.</param>
    /// <exception cref="CheckpointException">The file cannot be written, for example because the disk is full; nothing is left behind.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is left behind.</exception>
    public static void Write(
        string path, IReadOnlyList<Float32Source> tensors, long globalStep, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        AtomicFile.Write(path, stream => WriteTable(stream, tensors, globalStep, progress, cancellationToken));
    }

    private static void WriteTable(
        Stream stream, IReadOnlyList<Float32Source> tensors, long globalStep, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var table = new TableWriter(stream);
        var meta = new SavedTensorSlices { Meta = new SavedTensorSliceMeta { Versions = new VersionDef { Producer = Version } } };
        meta.Meta.Tensor.AddRange(tensors.Select(t => Describe(t.Name, ElementType.Float32, t.Shape)));
        meta.Meta.Tensor.Add(Describe(GlobalStep, ElementType.Int64, []));
        Write(table, [], meta.ToByteArray());

        var entries = tensors
            .Select(t => (Key: SliceKey.Encode(t.Name, [.. t.Shape.Select(_ => SliceExtent.Whole)]), Tensor: (Float32Source?)t))
            .Append((SliceKey.Encode(GlobalStep, []), null))
            .OrderBy(e => e.Key, Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b)));
        var buffer = new float[PieceLength];
        foreach (var (key, tensor) in entries)
        {
            if (tensor is null)
            {
                Write(table, key, GlobalStepMessage(globalStep));
            }
            else
            {
                WriteFloats(table, key, tensor, buffer, () => progress?.Report(stream.Position), cancellationToken);
            }
        }

        table.Finish();
    }

    private static SavedSliceMeta Describe(string name, ElementType type, IReadOnlyList<long> shape)
    {
        var meta = new SavedSliceMeta { Name = name, Type = (int)type, Shape = new TensorShapeProto() };
        meta.Shape.Dim.AddRange(shape.Select(size => new TensorShapeProto.Types.Dim { Size = size }));
        meta.Slice.Add(WholeSlice(shape.Count));
        return meta;
    }

    private static TensorSliceProto WholeSlice(int rank)
    {
        var slice = new TensorSliceProto();
        slice.Extent.AddRange(Enumerable.Range(0, rank).Select(_ => new TensorSliceProto.Types.Extent()));
        return slice;
    }

    private static void Write(TableWriter table, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        table.StartEntry(key, value.Length);
        table.Append(value);
    }

    private static void WriteFloats(
        TableWriter table, byte[] key, Float32Source tensor, float[] buffer, Action written, CancellationToken cancellationToken)
    {
        var elements = tensor.Shape.Aggregate(1L, (product, size) => checked(product * size));
        var head = SliceHead(tensor.Name, tensor.Shape.Count, valueField: 5, elements * sizeof(float));
        table.StartEntry(key, head.Length + (elements * sizeof(float)));
        table.Append(head);
        for (long first = 0; first < elements; first += buffer.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var piece = buffer.AsMemory(0, (int)Math.Min(buffer.Length, elements - first));
            tensor.Fill(first, piece);
            table.Append(System.Runtime.InteropServices.MemoryMarshal.AsBytes(piece.Span));
            written();
        }
    }

    private static byte[] GlobalStepMessage(long value)
    {
        Span<byte> number = stackalloc byte[Varint.MaximumLength];
        var length = Varint.Write(number, (ulong)value);
        return [.. SliceHead(GlobalStep, 0, valueField: 10, length), .. number[..length]];
    }

    /// <summary>
    /// SavedTensorSlices { data = 2: SavedSlice { name = 1, slice = 2, data = 3: TensorProto { packed values } } } up to the values,
    /// which end all three messages.
    /// </summary>
    private static byte[] SliceHead(string name, int rank, int valueField, long valueLength)
    {
        byte[] packed = [.. Delimited(valueField, valueLength)];
        byte[] tensor = [.. Delimited(3, packed.Length + valueLength), .. packed];
        var text = Encoding.UTF8.GetBytes(name);
        var slice = WholeSlice(rank).ToByteArray();
        byte[] saved = [.. Delimited(1, text.Length), .. text, .. Delimited(2, slice.Length), .. slice, .. tensor];
        return [.. Delimited(2, saved.Length + valueLength), .. saved];
    }

    /// <summary>Tag and length of a length-delimited field.</summary>
    private static byte[] Delimited(int field, long length)
    {
        Span<byte> bytes = stackalloc byte[2 * Varint.MaximumLength];
        var count = Varint.Write(bytes, ((ulong)field << 3) | 2);
        count += Varint.Write(bytes[count..], (ulong)length);
        return bytes[..count].ToArray();
    }
}
