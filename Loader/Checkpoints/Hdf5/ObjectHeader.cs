namespace Gpu.Loader.Checkpoints.Hdf5;

/// <summary>Kinds of header messages that matter here (HDF5 File Format Specification 3.0, section IV.A.2).</summary>
internal enum MessageKind
{
    /// <summary>A dataset's dimensions.</summary>
    Dataspace = 0x01,

    /// <summary>Where the links of a group lie that has many.</summary>
    LinkInformation = 0x02,

    /// <summary>A dataset's type of elements.</summary>
    Datatype = 0x03,

    /// <summary>A link of a group that has few.</summary>
    Link = 0x06,

    /// <summary>Where a dataset's values lie.</summary>
    Layout = 0x08,

    /// <summary>Where the header goes on.</summary>
    Continuation = 0x10,

    /// <summary>Where the links of a group lie, as older files have them.</summary>
    SymbolTable = 0x11,
}

/// <summary>A header message: its content lies at an address.</summary>
internal readonly record struct HeaderMessage(MessageKind Kind, long Address, int Length, bool IsShared);

/// <summary>The messages of an object, a group or a dataset, of both versions of headers (sections IV.A.1.a and b).</summary>
internal static class ObjectHeader
{
    /// <summary>Version, a reserved byte, counts of messages and references, length, and padding.</summary>
    private const int FirstVersionPrefix = 16;

    private const int FirstVersionMessagePrefix = 8;

    private const int SignatureLength = 4;

    private const byte SharedFlag = 0x02;

    /// <summary>Reads all messages of the kinds above but continuations, which are followed.</summary>
    /// <exception cref="CheckpointException">The header is damaged.</exception>
    public static List<HeaderMessage> Read(Hdf5Source source, long address)
    {
        var start = source.Open(address, SignatureLength);
        return start.ReadByte() == 1 ? ReadFirstVersion(source, address) : ReadSecondVersion(source, address);
    }

    private static List<HeaderMessage> ReadFirstVersion(Hdf5Source source, long address)
    {
        var prefix = source.Open(address, FirstVersionPrefix);
        prefix.Skip(2);
        var left = (int)prefix.ReadUInt16();
        prefix.Skip(sizeof(uint));
        var messages = new List<HeaderMessage>();
        var blocks = new Queue<(long Address, long Length)>([(address + FirstVersionPrefix, prefix.ReadUInt32())]);
        while (blocks.TryDequeue(out var block))
        {
            var cursor = source.Open(block.Address, block.Length);
            for (var start = cursor.Position; left > 0 && cursor.Remaining >= FirstVersionMessagePrefix; left--)
            {
                var (kind, length, flags) = ((MessageKind)cursor.ReadUInt16(), cursor.ReadUInt16(), cursor.ReadByte());
                cursor.Skip(3);
                Add(messages, blocks, kind, block.Address + cursor.Position - start, cursor.Take(length), flags);
            }
        }

        return messages;
    }

    private static List<HeaderMessage> ReadSecondVersion(Hdf5Source source, long address)
    {
        const byte tracksOrder = 0x04, storesPhases = 0x10, storesTimes = 0x20;
        const int fixedPrefix = SignatureLength + 2, phasesLength = 4, timesLength = 16;
        var prefix = source.Open(address, fixedPrefix);
        prefix.Require("OHDR"u8);
        prefix.Require(2, "version of an object header");
        var flags = prefix.ReadByte();
        var beforeLength = fixedPrefix + ((flags & storesTimes) != 0 ? timesLength : 0) + ((flags & storesPhases) != 0 ? phasesLength : 0);
        var sizeOfLength = 1 << (flags & 3);
        var lengthField = source.Open(address + beforeLength, sizeOfLength);
        var length = Math.Min(lengthField.ReadInteger(sizeOfLength), int.MaxValue);
        var messagePrefix = 4 + ((flags & tracksOrder) != 0 ? 2 : 0);

        var messages = new List<HeaderMessage>();
        var blocks = new Queue<(long Address, long Length)>();
        ReadBlock(address, beforeLength + sizeOfLength + (long)length + sizeof(uint), beforeLength + sizeOfLength);
        while (blocks.TryDequeue(out var block))
        {
            ReadBlock(block.Address, block.Length, SignatureLength);
        }

        return messages;

        void ReadBlock(long blockAddress, long blockLength, int before)
        {
            var cursor = source.Open(blockAddress, blockLength).WithoutChecksum();
            var start = cursor.Position;
            if (blockAddress == address)
            {
                cursor.Skip(before);
            }
            else
            {
                cursor.Require("OCHK"u8);
            }

            while (cursor.Remaining >= messagePrefix)
            {
                var (kind, size, messageFlags) = ((MessageKind)cursor.ReadByte(), cursor.ReadUInt16(), cursor.ReadByte());
                cursor.Skip(messagePrefix - 4);
                Add(messages, blocks, kind, blockAddress + cursor.Position - start, cursor.Take(size), messageFlags);
            }
        }
    }

    private static void Add(
        List<HeaderMessage> messages, Queue<(long Address, long Length)> blocks, MessageKind kind, long address, Hdf5Cursor content, byte flags)
    {
        if (kind == MessageKind.Continuation)
        {
            blocks.Enqueue((content.ReadDefinedOffset(), content.ReadLength()));
        }
        else if (Enum.IsDefined(kind))
        {
            messages.Add(new HeaderMessage(kind, address, content.Remaining, (flags & SharedFlag) != 0));
        }
    }
}
