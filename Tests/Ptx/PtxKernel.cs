namespace Gpu.Tests.Ptx;

/// <summary>A kernel's parameter: its name, its place in the parameter space and its size, in bytes.</summary>
internal readonly record struct PtxParameter(string Name, int Offset, int Bytes);

/// <summary>What an instruction names: a register, a number, an address, or several of these in braces.</summary>
internal abstract record PtxOperand
{
    /// <summary>A register, by its slot in a thread's file.</summary>
    public sealed record Register(int Slot, string Name) : PtxOperand;

    /// <summary>A special register such as <c>%tid.x</c>.</summary>
    public sealed record Special(string Name) : PtxOperand;

    /// <summary>A number, or the address of a variable, as bits.</summary>
    public sealed record Immediate(ulong Bits) : PtxOperand;

    /// <summary><c>[base + offset]</c>; the base is a register or a number.</summary>
    public sealed record Address(PtxOperand Base, long Offset) : PtxOperand;

    /// <summary><c>{a, b, ...}</c>.</summary>
    public sealed record Vector(IReadOnlyList<PtxOperand> Elements) : PtxOperand;

    /// <summary><c>a|b</c>: a result and a predicate beside it.</summary>
    public sealed record Pair(PtxOperand First, PtxOperand Second) : PtxOperand;

    /// <summary><c>_</c>: a result that is not kept.</summary>
    public sealed record Sink : PtxOperand;

    /// <summary>The index of the instruction that a label stands before.</summary>
    public sealed record Target(int Instruction) : PtxOperand;
}

/// <summary>One instruction.</summary>
/// <param name="Line">Line of the module, from 1.</param>
/// <param name="Opcode">Name with all modifiers.</param>
/// <param name="Operands">Destination first.</param>
/// <param name="Guard">Slot of the predicate register, or -1.</param>
/// <param name="GuardNegated">Whether the instruction runs where the predicate is false.</param>
internal sealed record PtxInstruction(int Line, string Opcode, IReadOnlyList<PtxOperand> Operands, int Guard, bool GuardNegated)
{
    public override string ToString() => $"line {Line}, {Opcode}";
}

/// <summary>A kernel of a module.</summary>
internal sealed record PtxKernel(
    string Name, IReadOnlyList<PtxParameter> Parameters, IReadOnlyList<PtxInstruction> Instructions, IReadOnlyList<string> Registers, int SharedBytes)
{
    /// <summary>Bytes of the parameter space.</summary>
    public int ParameterBytes => Parameters.Count == 0 ? 0 : Parameters[^1].Offset + Parameters[^1].Bytes;
}
