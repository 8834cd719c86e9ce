using System.Text;
using Google.Protobuf;
using Gpu.Loader.Checkpoints.Protos;
using Gpu.Loader.Checkpoints.Tables;

namespace Gpu.Loader.Checkpoints.TensorFlowV2;

/// <summary>Writes TensorFlow V2 checkpoints of one data shard.</summary>
internal static class TensorFlowV2Writer
{
    /// <summary>TensorFlow's version of the format (kTensorBundleVersion).</summary>
    private const int Version = 1;

    /// <summary>Writes <c>prefix.index</c> and <c>prefix.data-00000-of-00001</c>.</summary>
    /// <param name="path">The prefix, or the index.</param>
    /// <param name="tensors">The tensors.</param>
    /// <param name="pieces">Reads them.</param>
    public static void Write(string path, IReadOnlyList<TensorSource> tensors, SourcePieces pieces)
    {
        var prefix = path.EndsWith(CheckpointPath.IndexSuffix, StringComparison.Ordinal) ? path[..^CheckpointPath.IndexSuffix.Length] : path;
        AtomicFile.Write([CheckpointPath.DataShard(prefix, 0, 1), prefix + CheckpointPath.IndexSuffix], streams =>
        {
            var table = new TableWriter(streams[1]);
            Write(table, [], new BundleHeaderProto { NumShards = 1, Version = new VersionDef { Producer = Version } });
            foreach (var (key, tensor) in tensors.Select(t => (Key: Encoding.UTF8.GetBytes(t.Name), t)).OrderBy(e => e.Key, TableWriter.KeyOrder))
            {
                var entry = new BundleEntryProto { Dtype = (int)tensor.Type, Shape = new TensorShapeProto(), Offset = streams[0].Position };
                entry.Shape.Dim.AddRange(tensor.Shape.Select(size => new TensorShapeProto.Types.Dim { Size = size }));
                entry.Crc32C = Crc32C.Mask(tensor.Type == ElementType.String
                    ? WriteStrings(streams[0], pieces.ReadStrings(tensor))
                    : WriteValues(streams[0], tensor, pieces));
                entry.Size = streams[0].Position - entry.Offset;
                Write(table, key, entry);
            }

            table.Finish();
        });
    }

    private static void Write(TableWriter table, byte[] key, IMessage message)
    {
        var value = message.ToByteArray();
        table.StartEntry(key, value.Length);
        table.Append(value);
    }

    private static uint WriteValues(Stream data, TensorSource tensor, SourcePieces pieces)
    {
        uint crc = 0;
        pieces.Read(tensor, piece =>
        {
            crc = Crc32C.Compute(piece.Span, crc);
            data.Write(piece.Span);
        });
        return crc;
    }

    /// <summary>Lengths as varints, the masked checksum of the lengths, then the strings. Checksums take the lengths as fixed integers.</summary>
    private static uint WriteStrings(Stream data, List<ReadOnlyMemory<byte>> strings)
    {
        uint crc = 0;
        Span<byte> varint = stackalloc byte[Varint.MaximumLength];
        foreach (var value in strings)
        {
            data.Write(varint[..Varint.Write(varint, (ulong)value.Length)]);
            crc = Crc32C.Compute(BitConverter.GetBytes((uint)value.Length), crc);
        }

        var mask = BitConverter.GetBytes(Crc32C.Mask(crc));
        data.Write(mask);
        crc = Crc32C.Compute(mask, crc);
        foreach (var value in strings)
        {
            data.Write(value.Span);
            crc = Crc32C.Compute(value.Span, crc);
        }

        return crc;
    }
}
