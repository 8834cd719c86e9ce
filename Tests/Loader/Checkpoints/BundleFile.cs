using System.Text;
using Google.Protobuf;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Checkpoints.Protos;
using Gpu.Loader.Checkpoints.Slices;
using Gpu.Loader.Checkpoints.Tables;

namespace Gpu.Tests.Loader.Checkpoints;

/// <summary>TensorFlow V2 checkpoints entry by entry, as no writer would make them.</summary>
internal static class BundleFile
{
    /// <summary>Writes <c>prefix.index</c> and one data shard, and returns the prefix. Checksums are those of the values.</summary>
    public static string Write(string prefix, byte[] data, params (byte[] Key, BundleEntryProto Entry)[] entries)
    {
        using (var stream = File.Create(prefix + CheckpointPath.IndexSuffix))
        {
            var table = new TableWriter(stream);
            Append(table, [], new BundleHeaderProto { NumShards = 1 });
            foreach (var (key, entry) in entries.OrderBy(e => e.Key, TableWriter.KeyOrder))
            {
                entry.Crc32C = entry.Offset + entry.Size <= data.Length
                    ? Crc32C.Mask(Crc32C.Compute(data.AsSpan((int)entry.Offset, (int)entry.Size)))
                    : 0;
                Append(table, key, entry);
            }

            table.Finish();
        }

        File.WriteAllBytes(CheckpointPath.DataShard(prefix, 0, 1), data);
        return prefix;
    }

    /// <summary>An entry of float32 values at an offset of the data, or of slices without values of its own.</summary>
    public static (byte[] Key, BundleEntryProto Entry) Tensor(string name, long[] shape, long offset, long size, params SliceExtent[][] slices)
    {
        var entry = Entry(shape, offset, size);
        foreach (var slice in slices)
        {
            var proto = new TensorSliceProto();
            proto.Extent.AddRange(slice.Select(e => new TensorSliceProto.Types.Extent { Start = e.Start, Length = e.Length }));
            entry.Slices.Add(proto);
        }

        return (Encoding.UTF8.GetBytes(name), entry);
    }

    /// <summary>The entry of a slice's values.</summary>
    public static (byte[] Key, BundleEntryProto Entry) Slice(string name, SliceExtent[] slice, long offset, long size) =>
        (SliceKey.Encode(name, slice), Entry([.. slice.Select(e => e.Length)], offset, size));

    private static BundleEntryProto Entry(long[] shape, long offset, long size)
    {
        var entry = new BundleEntryProto { Dtype = (int)ElementType.Float32, Shape = new TensorShapeProto(), Offset = offset, Size = size };
        entry.Shape.Dim.AddRange(shape.Select(d => new TensorShapeProto.Types.Dim { Size = d }));
        return entry;
    }

    private static void Append(TableWriter table, byte[] key, IMessage message)
    {
        var value = message.ToByteArray();
        table.StartEntry(key, value.Length);
        table.Append(value);
    }
}
