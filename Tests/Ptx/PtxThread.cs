namespace Gpu.Tests.Ptx;

/// <summary>A thread of a block: its registers and where it is.</summary>
internal sealed class PtxThread(PtxKernel kernel, PtxBlock block, int index)
{
    private readonly ulong[] registers = new ulong[kernel.Registers.Count];
    private readonly bool[] written = new bool[kernel.Registers.Count];

    /// <summary>The block it belongs to.</summary>
    public PtxBlock Block => block;

    /// <summary>Its number in the block, x fastest.</summary>
    public int Index => index;

    /// <summary>The instruction it runs next.</summary>
    public int Next { get; set; }

    /// <summary>Whether it returned.</summary>
    public bool Finished { get; set; }

    /// <summary>Its asynchronous copies: those of the group not yet committed are in the last list.</summary>
    public List<List<(ulong Address, byte[] Values)>> Copies { get; } = [[]];

    /// <summary>The value of an operand.</summary>
    /// <exception cref="PtxException">It is a register that was never written, or no value.</exception>
    public ulong Value(PtxOperand operand) => operand switch
    {
        PtxOperand.Register register => written[register.Slot] ? registers[register.Slot] : throw new PtxException($"{register.Name} is read and was never written"),
        PtxOperand.Immediate immediate => immediate.Bits,
        PtxOperand.Special special => Special(special.Name),
        PtxOperand.Address address => Value(address.Base) + (ulong)address.Offset,
        _ => throw new PtxException($"{operand} is no value"),
    };

    /// <summary>Whether the instruction's guard lets it run.</summary>
    public bool Allows(PtxInstruction instruction) =>
        instruction.Guard < 0 || (Value(new PtxOperand.Register(instruction.Guard, kernel.Registers[instruction.Guard])) != 0) != instruction.GuardNegated;

    /// <summary>Writes a register.</summary>
    /// <exception cref="PtxException">The operand is none.</exception>
    public void Set(PtxOperand operand, ulong bits)
    {
        var slot = operand is PtxOperand.Register register ? register.Slot : throw new PtxException($"{operand} is no register");
        registers[slot] = bits;
        written[slot] = true;
    }

    private ulong Special(string name)
    {
        var (x, y, z) = (index % block.Size.X, index / block.Size.X % block.Size.Y, index / block.Size.X / block.Size.Y);
        return (ulong)(name switch
        {
            "%tid.x" => x,
            "%tid.y" => y,
            "%tid.z" => z,
            "%ntid.x" => block.Size.X,
            "%ntid.y" => block.Size.Y,
            "%ntid.z" => block.Size.Z,
            "%ctaid.x" => block.Position.X,
            "%ctaid.y" => block.Position.Y,
            "%ctaid.z" => block.Position.Z,
            "%nctaid.x" => block.Grid.X,
            "%nctaid.y" => block.Grid.Y,
            "%nctaid.z" => block.Grid.Z,
            "%laneid" => index % PtxBlock.WarpSize,
            _ => throw new PtxException($"{name} is not a special register that is understood"),
        });
    }
}
