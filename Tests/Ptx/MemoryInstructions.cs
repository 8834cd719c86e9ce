using System.Globalization;
using System.Text.RegularExpressions;

namespace Gpu.Tests.Ptx;

/// <summary>Loads, stores and asynchronous copies (PTX ISA 9, "Data Movement and Conversion Instructions").</summary>
internal static partial class MemoryInstructions
{
    /// <summary>What an instruction does to a thread, or null where it is none that is known.</summary>
    public static Action<PtxThread>? Find(PtxInstruction instruction)
    {
        var match = Access().Match(instruction.Opcode);
        if (match.Success && instruction.Operands is [var first, var second])
        {
            var load = match.Groups["name"].Value == "ld";
            var (data, address) = load ? (first, second) : (second, first);
            var space = match.Groups["space"].Value.Replace("::cta", "", StringComparison.Ordinal);
            var bytes = int.Parse(match.Groups["bits"].Value, CultureInfo.InvariantCulture) / 8;
            var elements = data is PtxOperand.Vector vector ? vector.Elements : [data];
            var count = match.Groups["count"].Success ? int.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture) : 1;
            return address is not PtxOperand.Address || elements.Count != count || (!load && space == "param") ? null : thread =>
            {
                var start = thread.Value(address);
                if (start % (ulong)(bytes * count) != 0)
                {
                    throw new PtxException($"address {start:x} is not aligned to {bytes * count}");
                }

                for (var i = 0; i < count; i++)
                {
                    var at = start + (ulong)(i * bytes);
                    if (load)
                    {
                        thread.Set(elements[i], Load(thread, space, at, bytes));
                    }
                    else
                    {
                        Store(thread, space, at, bytes, thread.Value(elements[i]));
                    }
                }
            };
        }

        return instruction.Opcode switch
        {
            _ when SmallCopy().IsMatch(instruction.Opcode) => thread => Copy(thread, instruction.Operands),
            "cp.async.commit_group" => thread => thread.Copies.Add([]),
            "cp.async.wait_group" => thread => Wait(thread, (int)thread.Value(instruction.Operands[0]) + 1),
            "cp.async.wait_all" => thread => Wait(thread, 0),
            _ => null,
        };
    }

    private static ulong Load(PtxThread thread, string space, ulong address, int bytes)
    {
        switch (space)
        {
            case "shared":
                return thread.Block.Shared.Read(thread.Index, address, bytes);
            case "param":
                Span<byte> value = stackalloc byte[sizeof(ulong)];
                thread.Block.Parameters.AsSpan((int)address, bytes).CopyTo(value);
                return BitConverter.ToUInt64(value);
            default:
                return thread.Block.Memory.Read(address, bytes);
        }
    }

    private static void Store(PtxThread thread, string space, ulong address, int bytes, ulong bits)
    {
        if (space == "shared")
        {
            thread.Block.Shared.Write(thread.Index, address, bytes, bits);
        }
        else
        {
            thread.Block.Memory.Write(address, bytes, bits);
        }
    }

    /// <summary>Reads at once and delivers when waited for; bytes beyond the source's size are zeros.</summary>
    private static void Copy(PtxThread thread, IReadOnlyList<PtxOperand> operands)
    {
        var (destination, source, bytes) = (thread.Value(operands[0]), thread.Value(operands[1]), (int)thread.Value(operands[2]));
        var present = operands.Count > 3 ? (uint)thread.Value(operands[3]) : (uint)bytes;
        if (bytes is not (4 or 8 or 16) || present > bytes || source % (ulong)bytes != 0)
        {
            throw new PtxException($"a copy of {present} of {bytes} bytes from {source:x}");
        }

        thread.Block.Shared.BeginCopy(thread.Index, destination, bytes);
        var values = new byte[bytes];
        for (var i = 0; i < present; i++)
        {
            values[i] = (byte)thread.Block.Memory.Read(source + (ulong)i, 1);
        }

        thread.Copies[^1].Add((destination, values));
    }

    /// <summary>Delivers all but the most recent groups; the one not yet committed counts as one.</summary>
    private static void Wait(PtxThread thread, int pendingGroups)
    {
        for (; thread.Copies.Count > pendingGroups; thread.Copies.RemoveAt(0))
        {
            foreach (var (address, values) in thread.Copies[0])
            {
                thread.Block.Shared.EndCopy(thread.Index, address, values);
            }
        }

        if (thread.Copies.Count == 0)
        {
            thread.Copies.Add([]);
        }
    }

    [GeneratedRegex(@"^(?<name>ld|st)(\.(?<space>global|shared(::cta)?|param))?(\.nc)?(\.L1::no_allocate)?(\.v(?<count>[24]))?\.[busf](?<bits>8|16|32|64)$")]
    private static partial Regex Access();

    [GeneratedRegex(@"^cp\.async\.c[ag]\.shared(::cta)?\.global(\.L2::(64|128|256)B)?$")]
    private static partial Regex SmallCopy();
}
