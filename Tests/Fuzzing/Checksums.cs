using System.Buffers.Binary;
using Gpu.Loader.Checkpoints.Hdf5;
using Gpu.Loader.Checkpoints.Tables;

namespace Gpu.Tests.Fuzzing;

/// <summary>Gives a mutated file checksums that fit, so that what is behind them is reached.</summary>
internal static class Checksums
{
    /// <summary>Those of the blocks that the footer and the index of a table file name.</summary>
    public static void RepairTable(byte[] table)
    {
        if (table.Length < Footer.Length)
        {
            return;
        }

        var footer = table.AsSpan(table.Length - Footer.Length);
        var position = 0;
        if (!Footer.TryReadHandle(footer, ref position, out _) || !Footer.TryReadHandle(footer, ref position, out var index) || !Fits(table, index))
        {
            return;
        }

        var entries = new BlockEntries(table.AsSpan((int)index.Offset, (int)index.Length));
        List<BlockHandle> blocks = [index];
        while (entries.MoveNext())
        {
            position = 0;
            if (Footer.TryReadHandle(entries.Value, ref position, out var handle) && Fits(table, handle))
            {
                blocks.Add(handle);
            }
        }

        foreach (var block in blocks)
        {
            var content = table.AsSpan((int)block.Offset, (int)block.Length + 1);
            BinaryPrimitives.WriteUInt32LittleEndian(
                table.AsSpan((int)block.Offset + content.Length, sizeof(uint)), Crc32C.Mask(Crc32C.Compute(content)));
        }
    }

    /// <summary>Those of the object headers and the superblock of a newer HDF5 file.</summary>
    public static void RepairHdf5(byte[] file)
    {
        const int superblock = 48, versionAt = 8, newer = 2;
        if (file.Length > superblock && file[versionAt] >= newer)
        {
            Repair(file, 0, superblock);
        }

        for (var at = file.AsSpan().IndexOf("OHDR"u8); at >= 0 && at + 6 < file.Length;)
        {
            var flags = file[at + 5];
            var before = 6 + ((flags & 0x20) != 0 ? 16 : 0) + ((flags & 0x10) != 0 ? 4 : 0);
            var field = 1 << (flags & 3);
            if (at + before + field <= file.Length)
            {
                var length = 0L;
                for (var i = Math.Min(field, 4) - 1; i >= 0; i--)
                {
                    length = (length << 8) | file[at + before + i];
                }

                Repair(file, at, before + field + length + sizeof(uint));
            }

            var next = file.AsSpan(at + 4).IndexOf("OHDR"u8);
            at = next < 0 ? -1 : at + 4 + next;
        }
    }

    private static void Repair(byte[] file, int start, long length)
    {
        if (length <= file.Length - start)
        {
            var content = file.AsSpan(start, (int)length - sizeof(uint));
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(start + content.Length), Lookup3.Compute(content));
        }
    }

    private static bool Fits(byte[] table, BlockHandle handle) =>
        handle.Offset >= 0 && handle.Length >= 0 && handle.Length <= table.Length && handle.Offset <= table.Length - handle.Length - TableReader.TrailerLength;
}
