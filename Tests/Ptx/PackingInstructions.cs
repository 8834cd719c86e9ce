using System.Globalization;
using System.Text.RegularExpressions;

namespace Gpu.Tests.Ptx;

/// <summary>Moves between one register and the parts of it in several, the lowest first (PTX ISA 9, <c>mov</c> with vectors).</summary>
internal static partial class PackingInstructions
{
    /// <summary>What an instruction does to a thread, or null where it is none that is known.</summary>
    public static Action<PtxThread>? Find(PtxInstruction instruction)
    {
        var match = Move().Match(instruction.Opcode);
        if (!match.Success)
        {
            return null;
        }

        var bits = int.Parse(match.Groups["bits"].Value, CultureInfo.InvariantCulture);
        return instruction.Operands switch
        {
            [PtxOperand.Register whole, PtxOperand.Vector { Elements: { Count: 2 or 4 } parts }] => thread => Pack(thread, whole, parts, bits / parts.Count),
            [PtxOperand.Vector { Elements: { Count: 2 or 4 } parts }, PtxOperand.Register whole] => thread => Unpack(thread, parts, whole, bits / parts.Count),
            _ => null,
        };
    }

    private static void Pack(PtxThread thread, PtxOperand whole, IReadOnlyList<PtxOperand> parts, int bits)
    {
        var value = 0UL;
        for (var i = 0; i < parts.Count; i++)
        {
            value |= Lowest(thread.Value(parts[i]), bits) << (i * bits);
        }

        thread.Set(whole, value);
    }

    private static void Unpack(PtxThread thread, IReadOnlyList<PtxOperand> parts, PtxOperand whole, int bits)
    {
        var value = thread.Value(whole);
        for (var i = 0; i < parts.Count; i++)
        {
            thread.Set(parts[i], Lowest(value >> (i * bits), bits));
        }
    }

    private static ulong Lowest(ulong value, int bits) => value & ((1UL << bits) - 1);

    [GeneratedRegex(@"^mov\.b(?<bits>32|64)$")]
    private static partial Regex Move();
}
