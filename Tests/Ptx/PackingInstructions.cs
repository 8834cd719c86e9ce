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
            [PtxOperand.Register whole, PtxOperand.Vector { Elements.Count: 2 or 4 } parts] => thread =>
            {
                var part = bits / parts.Elements.Count;
                var value = parts.Elements.Select((p, i) => (thread.Value(p) & ((1UL << part) - 1)) << (i * part)).Aggregate((a, b) => a | b);
                thread.Set(whole, value);
            },
            [PtxOperand.Vector { Elements.Count: 2 or 4 } parts, PtxOperand.Register whole] => thread =>
            {
                var part = bits / parts.Elements.Count;
                var value = thread.Value(whole);
                for (var i = 0; i < parts.Elements.Count; i++)
                {
                    thread.Set(parts.Elements[i], (value >> (i * part)) & ((1UL << part) - 1));
                }
            },
            _ => null,
        };
    }

    [GeneratedRegex(@"^mov\.b(?<bits>32|64)$")]
    private static partial Regex Move();
}
