using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Gpu.Loader.Checkpoints.Protos;
using Gpu.Loader.Checkpoints.Slices;
using Gpu.Loader.Checkpoints.Tables;

namespace Gpu.Loader.Checkpoints.TensorFlowV1;

/// <summary>Writes TensorFlow V1 checkpoints, each tensor in one slice, as tf.train.Saver of TensorFlow 0.11 does.</summary>
internal static class TensorFlowV1Writer
{
    /// <summary>TensorFlow's version of the format (TF_CHECKPOINT_VERSION).</summary>
    private const int Version = 1;

    /// <summary>Writes one file.</summary>
    public static void Write(string path, IReadOnlyList<TensorSource> tensors, SourcePieces pieces) =>
        AtomicFile.Write(path, stream => WriteTable(stream, tensors, pieces));

    private static void WriteTable(Stream stream, IReadOnlyList<TensorSource> tensors, SourcePieces pieces)
    {
        var table = new TableWriter(stream);
        var meta = new SavedTensorSlices { Meta = new SavedTensorSliceMeta { Versions = new VersionDef { Producer = Version } } };
        meta.Meta.Tensor.AddRange(tensors.Select(Describe));
        var list = meta.ToByteArray();
        table.StartEntry([], list.Length);
        table.Append(list);
        foreach (var (key, tensor) in tensors.Select(t => (Key: SliceKey.Encode(t.Name, [.. t.Shape.Select(_ => SliceExtent.Whole)]), t))
            .OrderBy(e => e.Key, TableWriter.KeyOrder))
        {
            WriteTensor(table, key, tensor, pieces);
        }

        table.Finish();
    }

    private static SavedSliceMeta Describe(TensorSource tensor)
    {
        var meta = new SavedSliceMeta { Name = tensor.Name, Type = (int)tensor.Type, Shape = new TensorShapeProto() };
        meta.Shape.Dim.AddRange(tensor.Shape.Select(size => new TensorShapeProto.Types.Dim { Size = size }));
        meta.Slice.Add(WholeSlice(tensor.Shape.Count));
        return meta;
    }

    private static TensorSliceProto WholeSlice(int rank)
    {
        var slice = new TensorSliceProto();
        slice.Extent.AddRange(Enumerable.Range(0, rank).Select(_ => new TensorSliceProto.Types.Extent()));
        return slice;
    }

    private static void WriteTensor(TableWriter table, byte[] key, TensorSource tensor, SourcePieces pieces)
    {
        if (tensor.Type == ElementType.String)
        {
            var strings = pieces.ReadStrings(tensor).SelectMany(s => (byte[])[.. Delimited(SavedSliceReader.ValueField(tensor.Type), s.Length), .. s.Span]).ToArray();
            Start(table, key, tensor, [], strings.Length);
            table.Append(strings);
            return;
        }

        var length = tensor.Bytes;
        if (SavedSliceReader.IsStoredAsBytes(tensor.Type))
        {
            Start(table, key, tensor, Delimited(SavedSliceReader.ValueField(tensor.Type), length), length);
            pieces.Read(tensor, piece => table.Append(piece.Span));
            return;
        }

        // The length of varints precedes them.
        length = 0;
        var varints = new List<byte>();
        pieces.Read(tensor, piece => length += Encode(piece.Span, tensor.Type, varints).Count, isFirstOfTwo: true);
        Start(table, key, tensor, Delimited(SavedSliceReader.ValueField(tensor.Type), length), length);
        pieces.Read(tensor, piece => table.Append(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Encode(piece.Span, tensor.Type, varints))));
    }

    /// <summary>Elements as varints: signed types extend their sign to 64 bits, as protocol buffers do.</summary>
    private static List<byte> Encode(ReadOnlySpan<byte> elements, ElementType type, List<byte> varints)
    {
        varints.Clear();
        Span<byte> varint = stackalloc byte[Varint.MaximumLength];
        var size = type.Size();
        for (; !elements.IsEmpty; elements = elements[size..])
        {
            var value = type switch
            {
                ElementType.Int8 => (sbyte)elements[0],
                ElementType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(elements),
                ElementType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(elements),
                _ => size switch
                {
                    1 => elements[0],
                    2 => BinaryPrimitives.ReadUInt16LittleEndian(elements),
                    4 => BinaryPrimitives.ReadUInt32LittleEndian(elements),
                    _ => BinaryPrimitives.ReadInt64LittleEndian(elements),
                },
            };
            varints.AddRange(varint[..Varint.Write(varint, (ulong)value)]);
        }

        return varints;
    }

    /// <summary>
    /// SavedTensorSlices { data = 2: SavedSlice { name = 1, slice = 2, data = 3: TensorProto { values } } } up to the values, which
    /// end all three messages.
    /// </summary>
    private static void Start(TableWriter table, byte[] key, TensorSource tensor, byte[] valueHead, long valueLength)
    {
        byte[] message = [.. Delimited(3, valueHead.Length + valueLength), .. valueHead];
        var text = Encoding.UTF8.GetBytes(tensor.Name);
        var slice = WholeSlice(tensor.Shape.Count).ToByteArray();
        byte[] saved = [.. Delimited(1, text.Length), .. text, .. Delimited(2, slice.Length), .. slice, .. message];
        byte[] head = [.. Delimited(2, saved.Length + valueLength), .. saved];
        table.StartEntry(key, head.Length + valueLength);
        table.Append(head);
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
