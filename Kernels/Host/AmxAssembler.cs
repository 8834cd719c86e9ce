namespace Gpu.Kernels.Host;

/// <summary>An x86-64 register of 64 bits, by its number in machine code.</summary>
internal enum Register64
{
    Rax = 0,
    Rcx = 1,
    Rdx = 2,
    Rbx = 3,
    Rsi = 6,
    Rdi = 7,
    R8 = 8,
    R9 = 9,
    R10 = 10,
    R11 = 11,
}

/// <summary>
/// Writes the few instructions of x86-64 and its matrix extension that <see cref="AmxKernel"/> consists of, for which .NET has no
/// intrinsics. Encodings: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, sections 2.3 and 3 to 5. Tiles have
/// the numbers 0 to 7.
/// </summary>
internal sealed class AmxAssembler
{
    private const int VexMap0F38 = 0b00010;

    private readonly List<byte> code = [];

    private enum VexPrefix
    {
        None = 0,
        F3 = 2,
        F2 = 3,
    }

    /// <summary>The code so far.</summary>
    public ReadOnlySpan<byte> Code => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(code);

    /// <summary>Where the next instruction will stand, for a jump back to it.</summary>
    public int Here => code.Count;

    /// <summary>destination = a small constant.</summary>
    public void Move(Register64 destination, byte value)
    {
        Legacy(0xC7, extension: 0, destination);
        code.AddRange([value, 0, 0, 0]);
    }

    /// <summary>destination = the 64 bits at base + displacement; no base of RSP or R12.</summary>
    public void Load(Register64 destination, Register64 baseRegister, byte displacement)
    {
        code.AddRange([Rex(destination, baseRegister), 0x8B, ModRegisterMemory(mode: 1, (int)destination, (int)baseRegister), displacement]);
    }

    /// <summary>Saves one of the first eight registers.</summary>
    public void Push(Register64 register) => code.Add((byte)(0x50 + (int)register));

    /// <summary>Restores what was saved last.</summary>
    public void Pop(Register64 register) => code.Add((byte)(0x58 + (int)register));

    /// <summary>destination += source.</summary>
    public void Add(Register64 destination, Register64 source)
    {
        code.AddRange([Rex(source, destination), 0x01, ModRegisterMemory(mode: 3, (int)source, (int)destination)]);
    }

    /// <summary>destination += a constant.</summary>
    public void Add(Register64 destination, int value)
    {
        Legacy(0x81, extension: 0, destination);
        code.AddRange(BitConverter.GetBytes(value));
    }

    /// <summary>destination -= 1.</summary>
    public void Decrement(Register64 destination) => Legacy(0xFF, extension: 1, destination);

    /// <summary>Jumps back if the last result was not zero.</summary>
    public void JumpBackIfNotZero(int target)
    {
        const int length = 6;
        code.AddRange([0x0F, 0x85]);
        code.AddRange(BitConverter.GetBytes(target - (Here - 2) - length));
    }

    /// <summary>Asks for a cache line to be brought to the L2 cache.</summary>
    public void PrefetchLevel2(Register64 address) =>
        code.AddRange([Rex(default, address), 0x0F, 0x18, ModRegisterMemory(mode: 0, 2, (int)address)]);

    public void Return() => code.Add(0xC3);

    /// <summary>LDTILECFG: gives tiles their rows and bytes a row, from 64 bytes.</summary>
    public void LoadTileConfiguration(Register64 address) => Vex(VexPrefix.None, 0x49, ModRegisterMemory(mode: 0, 0, (int)address), address);

    /// <summary>TILERELEASE: gives tiles no rows.</summary>
    public void ReleaseTiles() => Vex(VexPrefix.None, 0x49, ModRegisterMemory(mode: 3, 0, 0));

    /// <summary>TILEZERO.</summary>
    public void ZeroTile(int tile) => Vex(VexPrefix.F2, 0x49, ModRegisterMemory(mode: 3, tile, 0));

    /// <summary>TILELOADD: a tile's rows from base + displacement on, with so many bytes from one to the next.</summary>
    public void LoadTile(int tile, Register64 baseRegister, Register64 rowStride, int displacement = 0) =>
        MoveTile(VexPrefix.F2, tile, baseRegister, rowStride, displacement);

    /// <summary>TILESTORED: as <see cref="LoadTile"/>, to memory.</summary>
    public void StoreTile(int tile, Register64 baseRegister, Register64 rowStride) => MoveTile(VexPrefix.F3, tile, baseRegister, rowStride, displacement: 0);

    /// <summary>TDPBF16PS: adds to each float32 of sums[m, n] the products of the pairs first[m, k] and second[k, n], for all k.</summary>
    public void MultiplyAdd(int sums, int first, int second) => Vex(VexPrefix.F3, 0x5C, ModRegisterMemory(mode: 3, sums, first), operand: second);

    private static byte Rex(Register64 register, Register64 memory) => (byte)(0x48 | ((int)register >> 3 << 2) | ((int)memory >> 3));

    private static byte ModRegisterMemory(int mode, int register, int memory) => (byte)((mode << 6) | ((register & 7) << 3) | (memory & 7));

    private void Legacy(byte opcode, int extension, Register64 destination) =>
        code.AddRange([Rex(default, destination), opcode, ModRegisterMemory(mode: 3, extension, (int)destination)]);

    private void MoveTile(VexPrefix prefix, int tile, Register64 baseRegister, Register64 rowStride, int displacement)
    {
        const int scaledIndex = 4;
        Vex(prefix, 0x4B, ModRegisterMemory(mode: 2, tile, scaledIndex), baseRegister, rowStride);
        code.Add(ModRegisterMemory(mode: 0, (int)rowStride, (int)baseRegister));
        code.AddRange(BitConverter.GetBytes(displacement));
    }

    /// <summary>The three-byte prefix of vector instructions, whose register numbers are inverted, then opcode and operands.</summary>
    private void Vex(VexPrefix prefix, byte opcode, byte operands, Register64 baseRegister = default, Register64 index = default, int operand = 0)
    {
        var extensions = 0xE0 ^ ((int)index >> 3 << 6) ^ ((int)baseRegister >> 3 << 5);
        code.AddRange([0xC4, (byte)(extensions | VexMap0F38), (byte)(((~operand & 0xF) << 3) | (int)prefix), opcode, operands]);
    }
}
