using System.Text;

namespace Gpu.Loader.Checkpoints.Hdf5;

/// <summary>
/// The hard links of a group: names and addresses of object headers. Symbolic links are left out, and with them those to other
/// files, which a checkpoint must not make a reader open.
/// </summary>
internal static class GroupLinks
{
    /// <summary>B-trees of real files have a level or two.</summary>
    private const int MaximumLevel = 16;

    /// <summary>The links that the messages of a group's header lead to; none if the object is no group.</summary>
    /// <exception cref="CheckpointException">A structure is damaged, or of a kind that is not read.</exception>
    public static List<(string Name, long Address)> Read(Hdf5Source source, List<HeaderMessage> messages)
    {
        var links = new List<(string, long)>();
        foreach (var message in messages)
        {
            var cursor = source.Open(message.Address, message.Length);
            switch (message.Kind)
            {
                case MessageKind.SymbolTable:
                    var tree = cursor.ReadDefinedOffset();
                    ReadTree(source, tree, LocalHeap.Read(source, cursor.ReadDefinedOffset()), MaximumLevel, links);
                    break;
                case MessageKind.Link:
                    ReadLink(cursor, links);
                    break;
                case MessageKind.LinkInformation:
                    RequireCompact(source, cursor);
                    break;
            }
        }

        return links;
    }

    /// <summary>A version 1 B-tree of symbol table nodes (section III.A.1).</summary>
    private static void ReadTree(Hdf5Source source, long address, LocalHeap heap, int maximumLevel, List<(string Name, long Address)> links)
    {
        const int prefixLength = 8;
        var prefix = source.Open(address, prefixLength);
        prefix.Require("TREE"u8);
        prefix.Require(0, "kind of a group's B-tree");
        var (level, entries) = ((int)prefix.ReadByte(), prefix.ReadUInt16());
        if (level > maximumLevel)
        {
            throw prefix.Broken("a B-tree that leads back to itself");
        }

        // Siblings, then a key before every child; the key behind the last is not needed.
        var body = source.Open(address + prefixLength, (2 * source.OffsetSize) + (entries * (long)(source.LengthSize + source.OffsetSize)));
        body.Skip(2 * source.OffsetSize);
        for (var i = 0; i < entries; i++)
        {
            body.Skip(source.LengthSize);
            var child = body.ReadDefinedOffset();
            if (level == 0)
            {
                ReadSymbols(source, child, heap, links);
            }
            else
            {
                ReadTree(source, child, heap, level - 1, links);
            }
        }
    }

    /// <summary>A symbol table node (section III.B).</summary>
    private static void ReadSymbols(Hdf5Source source, long address, LocalHeap heap, List<(string Name, long Address)> links)
    {
        const int prefixLength = 8, symbolicLink = 2, scratch = 16;
        var prefix = source.Open(address, prefixLength);
        prefix.Require("SNOD"u8);
        prefix.Require(1, "version of a symbol table");
        prefix.Skip(1);
        var count = prefix.ReadUInt16();
        var entries = source.Open(address + prefixLength, count * ((2L * source.OffsetSize) + (2 * sizeof(uint)) + scratch));
        for (var i = 0; i < count; i++)
        {
            var (name, header, kind) = (entries.ReadDefinedOffset(), entries.ReadOffset(), entries.ReadUInt32());
            entries.Skip(sizeof(uint) + scratch);
            if (kind != symbolicLink)
            {
                links.Add((source.ReadName(heap.Names, heap.Length, name), header ?? throw entries.Broken("a link to nowhere")));
            }
        }
    }

    /// <summary>A link message (section IV.A.2.g).</summary>
    private static void ReadLink(Hdf5Cursor cursor, List<(string Name, long Address)> links)
    {
        const byte hasKind = 0x08, hasOrder = 0x04, hasCharacterSet = 0x10, hardLink = 0;
        cursor.Require(1, "version of a link");
        var flags = cursor.ReadByte();
        var kind = (flags & hasKind) != 0 ? cursor.ReadByte() : hardLink;
        cursor.Skip(((flags & hasOrder) != 0 ? sizeof(ulong) : 0) + ((flags & hasCharacterSet) != 0 ? 1 : 0));
        var name = cursor.ReadBytes((int)Math.Min(cursor.ReadInteger(1 << (flags & 3)), int.MaxValue));
        if (kind == hardLink)
        {
            links.Add((Encoding.UTF8.GetString(name), cursor.ReadDefinedOffset()));
        }
    }

    /// <summary>Many links of a newer file lie in a fractal heap (section III.G), which no Keras file has.</summary>
    private static void RequireCompact(Hdf5Source source, Hdf5Cursor cursor)
    {
        const byte tracksOrder = 0x01;
        cursor.Require(0, "version of a group");
        cursor.Skip((cursor.ReadByte() & tracksOrder) != 0 ? sizeof(ulong) : 0);
        if (cursor.ReadOffset() is not null)
        {
            throw CheckpointException.For(source.Path, "keeps the links of a group in a heap, which is not read", Hdf5Reader.SaveAgain, offset: cursor.Position);
        }
    }

    /// <summary>Names, one after the other, each ended by a zero (section III.D).</summary>
    private readonly record struct LocalHeap(long Names, long Length)
    {
        public static LocalHeap Read(Hdf5Source source, long address)
        {
            var header = source.Open(address, 8 + (2 * source.LengthSize) + source.OffsetSize);
            header.Require("HEAP"u8);
            header.Require(0, "version of a heap");
            header.Skip(3);
            var length = header.ReadLength();
            header.ReadLength();
            return new LocalHeap(header.ReadDefinedOffset(), length);
        }
    }
}
