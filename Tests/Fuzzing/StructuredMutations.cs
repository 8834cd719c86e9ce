using System.Buffers.Binary;
using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Gpu.Loader.Checkpoints.Protos;
using Gpu.Loader.Checkpoints.Tables;

namespace Gpu.Tests.Fuzzing;

/// <summary>
/// Mutations of what a file says, inside a sound frame: a table is put together again from mutated entries, a header gets its
/// length, values their checksums. Random bytes rarely get that far.
/// </summary>
internal static class StructuredMutations
{
    /// <summary>Mutates the entries of a table of a TensorFlow V1 checkpoint.</summary>
    public static void MutateTable(Mutator mutator, byte[][] files, int damaged, byte[] other) =>
        files[damaged] = TableEntries.Write(MutateEntries(mutator, TableEntries.Read(files[damaged]), other, key => key.Length == 0 ? new SavedTensorSlices() : null));

    /// <summary>Mutates the index or the data of a TensorFlow V2 checkpoint; the checksums of numbers fit again.</summary>
    public static void MutateBundle(Mutator mutator, byte[][] files, int damaged, byte[] other)
    {
        var entries = TableEntries.Read(files[0]);
        if (damaged == 0)
        {
            entries = MutateEntries(mutator, entries, other, key => key.Length == 0 ? new BundleHeaderProto() : new BundleEntryProto());
        }
        else
        {
            files[damaged] = mutator.Mutate(files[damaged], other);
        }

        files[0] = TableEntries.Write(entries.Select(e => (e.Key, WithChecksum(e.Key, e.Value, files))));
    }

    /// <summary>Mutates the header of a safetensors file, whose length fits again.</summary>
    public static void MutateHeader(Mutator mutator, byte[][] files, int damaged, byte[] other)
    {
        var file = files[damaged];
        var end = sizeof(ulong) + (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        var header = file[sizeof(ulong)..end];
        for (var i = mutator.Next(3); i >= 0; i--)
        {
            header = mutator.Next(2) == 0 ? mutator.MutateNumber(header) : mutator.Mutate(header, other);
        }

        files[damaged] = [.. BitConverter.GetBytes((long)header.Length), .. header, .. file[end..]];
    }

    private static List<(byte[] Key, byte[] Value)> MutateEntries(
        Mutator mutator, List<(byte[] Key, byte[] Value)> entries, byte[] other, Func<byte[], IMessage?> messageOf)
    {
        for (var i = mutator.Next(3); i >= 0 && entries.Count > 0; i--)
        {
            // The first one describes the others.
            var at = mutator.Next(3) == 0 ? 0 : mutator.Next(entries.Count);
            var (key, value) = entries[at];
            switch (mutator.Next(8))
            {
                case 0:
                    entries.RemoveAt(at);
                    break;
                case 1:
                    entries[at] = (mutator.Mutate(key, other), value);
                    break;
                case 2:
                    entries[at] = (key, entries[mutator.Next(entries.Count)].Value);
                    break;
                case 3:
                    entries.Add((mutator.Mutate(key, other), value));
                    break;
                case 4:
                    entries[at] = (key, mutator.Mutate(value, other));
                    break;
                default:
                    entries[at] = (key, messageOf(key) is { } message ? MutateMessage(mutator, message, value) : mutator.Mutate(value, other));
                    break;
            }
        }

        return entries;
    }

    private static byte[] MutateMessage(Mutator mutator, IMessage message, byte[] value)
    {
        try
        {
            message.MergeFrom(value);
        }
        catch (InvalidProtocolBufferException)
        {
            // It was mutated before.
            return value;
        }

        for (var i = mutator.Next(8); i >= 0; i--)
        {
            MutateField(mutator, message);
        }

        return message.ToByteArray();
    }

    /// <summary>Changes a number, or leaves out or repeats a part, of a message or of one inside it.</summary>
    private static void MutateField(Mutator mutator, IMessage message)
    {
        var fields = message.Descriptor.Fields.InDeclarationOrder();
        var field = fields[mutator.Next(fields.Count)];
        var value = field.Accessor.GetValue(message);
        if (value is IList { Count: > 0 } parts)
        {
            var at = mutator.Next(parts.Count);
            switch (mutator.Next(6))
            {
                case 0:
                    parts.RemoveAt(at);
                    break;
                case 1:
                    parts.Add(parts[at] is IMessage part ? part.Descriptor.Parser.ParseFrom(part.ToByteArray()) : parts[at]);
                    break;
                default:
                    MutateField(mutator, parts[at] as IMessage ?? message);
                    break;
            }
        }
        else if (value is IMessage inner)
        {
            MutateField(mutator, inner);
        }
        else if (!field.IsRepeated && NewNumber(mutator, field.FieldType) is { } number)
        {
            field.Accessor.SetValue(message, number);
        }
    }

    private static object? NewNumber(Mutator mutator, FieldType type) => type switch
    {
        FieldType.Int32 => (int)mutator.NextInteger(),
        FieldType.Int64 => (long)mutator.NextInteger(),
        FieldType.Fixed32 => (uint)mutator.NextInteger(),
        FieldType.Bool => mutator.Next(2) == 0,
        _ => null,
    };

    private static byte[] WithChecksum(byte[] key, byte[] value, byte[][] files)
    {
        if (key.Length == 0)
        {
            return value;
        }

        try
        {
            var entry = BundleEntryProto.Parser.ParseFrom(value);
            if (entry.ShardId >= 0 && entry.ShardId < files.Length - 1 && entry.Offset >= 0 && entry.Size >= 0
                && entry.Offset <= files[entry.ShardId + 1].Length && entry.Size <= files[entry.ShardId + 1].Length - entry.Offset)
            {
                entry.Crc32C = Crc32C.Mask(Crc32C.Compute(files[entry.ShardId + 1].AsSpan((int)entry.Offset, (int)entry.Size)));
            }

            return entry.ToByteArray();
        }
        catch (InvalidProtocolBufferException)
        {
            return value;
        }
    }
}
