namespace Gpu.Tests.Ptx;

/// <summary>A thread of a block: its registers and where it is.</summary>
internal sealed class PtxThread(PtxKernel kernel, PtxBlock block, int index)
{
    private readonly Register[] registers = new Register[kernel.Registers.Count];

    /// <summary>The block it belongs to.</summary>
    public PtxBlock Block => block;

    /// <summary>Its number in the block, x fastest.</summary>
    public int Index => index;

    /// <summary>The instruction it runs next.</summary>
    public int Next { get; set; }

    /// <summary>Whether it returned.</summary>
    public bool Finished { get; set; }

    /// <summary>The mbarrier whose phase it has just found incomplete: it lets the others run before it goes on.</summary>
    public PtxPhaseBarrier? Polled { get; set; }

    /// <summary>Its asynchronous copies: those of the group not yet committed are in the last list.</summary>
    public List<List<(ulong Address, byte[] Values)>> Copies { get; } = [[]];

    /// <summary>How often it met <c>wgmma.fence</c>.</summary>
    public int RegisterFences { get; set; }

    /// <summary>The last asynchronous product of its warpgroup that it has waited for.</summary>
    public int FinishedProducts { get; set; }

    /// <summary>The value of an operand.</summary>
    /// <exception cref="PtxException">It is a register that was never written or that a product still uses, or no value.</exception>
    public ulong Value(PtxOperand operand) => operand switch
    {
        PtxOperand.Register register => Value(register.Slot),
        PtxOperand.Immediate immediate => immediate.Bits,
        PtxOperand.Special special => Special(special.Name),
        PtxOperand.Address address => Value(address.Base) + (ulong)address.Offset,
        _ => throw new PtxException($"{operand} is no value"),
    };

    /// <summary>Whether the instruction's guard lets it run.</summary>
    public bool Allows(PtxInstruction instruction) => instruction.Guard < 0 || (Value(instruction.Guard) != 0) != instruction.GuardNegated;

    /// <summary>Writes a register; to <c>_</c> nothing is written.</summary>
    /// <exception cref="PtxException">The operand is no register, or one that a product still uses.</exception>
    public void Set(PtxOperand operand, ulong bits)
    {
        if (operand is not PtxOperand.Sink)
        {
            ref var register = ref Touch(SlotOf(operand));
            register.Bits = bits;
            register.Written = true;
        }
    }

    /// <summary>Hands a register over to an asynchronous product, until which has been waited for nothing else may access it.</summary>
    /// <param name="operand">The register.</param>
    /// <param name="product">The product's number in its warpgroup, from 1.</param>
    /// <param name="shape">The product's shape; those of one shape need no fence between them.</param>
    /// <exception cref="PtxException">It is no register, or no <c>wgmma.fence</c> orders its last access before the product.</exception>
    public void HandOver(PtxOperand operand, int product, string shape)
    {
        var slot = SlotOf(operand);
        ref var register = ref registers[slot];
        if (RegisterFences == 0 || register.Touched == RegisterFences)
        {
            throw new PtxException($"thread {index} accessed {kernel.Registers[slot]} with no wgmma.fence between");
        }

        if (register.Product > 0 && register.Shape != shape && register.ProductFences == RegisterFences)
        {
            throw new PtxException($"a product {register.Shape} accessed {kernel.Registers[slot]} with no wgmma.fence between");
        }

        (register.Product, register.Shape, register.ProductFences) = (product, shape, RegisterFences);
    }

    /// <summary>The value of a register that was handed over.</summary>
    /// <exception cref="PtxException">It was never written.</exception>
    public ulong HandedOver(PtxOperand operand)
    {
        var slot = SlotOf(operand);
        return registers[slot].Written ? registers[slot].Bits : throw NeverWritten(slot);
    }

    /// <summary>Writes a register that was handed over.</summary>
    public void SetHandedOver(PtxOperand operand, ulong bits)
    {
        ref var register = ref registers[SlotOf(operand)];
        register.Bits = bits;
        register.Written = true;
    }

    private static int SlotOf(PtxOperand operand) =>
        operand is PtxOperand.Register register ? register.Slot : throw new PtxException($"{operand} is no register");

    private ulong Value(int slot)
    {
        ref var register = ref Touch(slot);
        return register.Written ? register.Bits : throw NeverWritten(slot);
    }

    private ref Register Touch(int slot)
    {
        ref var register = ref registers[slot];
        if (register.Product > FinishedProducts)
        {
            throw new PtxException($"{kernel.Registers[slot]} is accessed before the wgmma that uses it has been waited for");
        }

        register.Touched = RegisterFences;
        return ref register;
    }

    private PtxException NeverWritten(int slot) => new($"{kernel.Registers[slot]} is read and was never written");

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
            "%dynamic_smem_size" => block.DynamicSharedBytes,
            "%laneid" => index % PtxBlock.WarpSize,
            _ => throw new PtxException($"{name} is not a special register that is understood"),
        });
    }

    private struct Register
    {
        public ulong Bits { get; set; }

        public bool Written { get; set; }

        /// <summary>Fences that the thread had met when an instruction of its own last accessed it.</summary>
        public int Touched { get; set; }

        /// <summary>The last product that it was handed to, its shape, and the fences met by then.</summary>
        public int Product { get; set; }

        public string? Shape { get; set; }

        public int ProductFences { get; set; }
    }
}
