using Gpu.Loader.Checkpoints.Tables;
using Snappier;

namespace Gpu.Tests.Fuzzing;

/// <summary>A sound table file taken apart into its entries, and put together again with checksums that fit.</summary>
internal static class TableEntries
{
    private const byte SnappyCompressed = 1;

    public static List<(byte[] Key, byte[] Value)> Read(byte[] table)
    {
        var position = table.Length - Footer.Length;
        Footer.TryReadHandle(table, ref position, out _);
        Footer.TryReadHandle(table, ref position, out var index);
        var entries = new List<(byte[] Key, byte[] Value)>();
        foreach (var (_, handleBytes) in ReadBlock(table, index))
        {
            position = 0;
            Footer.TryReadHandle(handleBytes, ref position, out var handle);
            entries.AddRange(ReadBlock(table, handle));
        }

        return entries;
    }

    /// <summary>Entries are sorted, and of those under one key the first is kept.</summary>
    public static byte[] Write(IEnumerable<(byte[] Key, byte[] Value)> entries)
    {
        using var stream = new MemoryStream();
        var table = new TableWriter(stream);
        byte[]? last = null;
        foreach (var (key, value) in entries.OrderBy(e => e.Key, TableWriter.KeyOrder))
        {
            if (last is null || !key.AsSpan().SequenceEqual(last))
            {
                table.StartEntry(key, value.Length);
                table.Append(value);
                last = key;
            }
        }

        table.Finish();
        return stream.ToArray();
    }

    private static List<(byte[] Key, byte[] Value)> ReadBlock(byte[] table, BlockHandle handle)
    {
        var stored = table.AsSpan((int)handle.Offset, (int)handle.Length);
        var entries = new BlockEntries(table[handle.Offset + handle.Length] == SnappyCompressed ? Snappy.DecompressToArray(stored) : stored);
        var read = new List<(byte[] Key, byte[] Value)>();
        while (entries.MoveNext())
        {
            read.Add((entries.Key.ToArray(), entries.Value.ToArray()));
        }

        return read;
    }
}
