using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Gpu.Kernels.Host;

/// <summary>
/// A micro-kernel on the matrix unit of Intel processors (AMX, from the Xeon of 2023 on), which adds products of bfloat16 to float32:
/// <code>
/// sums[two runs of up to 16 rows][two blocks of 16 outputs] = inputs[row][channel] * weights[channel][output]
/// </code>
/// with every factor the sum of two bfloat16, a high and a low part, and three of their products: high * low + high * high + low * high.
/// <para>
/// Layout: a row of a tile has 64 bytes, 32 channels of which lane i holds i and 16 + i; first the high parts of all rows, a step
/// further on the low ones. Weights of 32 channels and 16 outputs are 16 rows of 16 pairs of channels, high and then low. Tiles 0 to 3
/// are the sums, 4 and 5 inputs, 6 and 7 weights.
/// </para>
/// <para>
/// For 32 channels 8 tiles are loaded, 8 KB, and 12 multiplied, 3 * 32 * 1024 multiply-adds at 16 rows. The unit takes a cycle for each row of
/// 512 multiply-adds. Measured on an Intel Xeon of the fifth generation, a thread: 2.4 to 2.6 TFLOP/s of bfloat16 without loads, where the FMA units
/// have 0.16 of float32; this kernel 1.95 from the L1 cache, and 1.0 to 1.3 where weights and sums come from the L2 cache. While another process
/// uses the core's other hardware thread, a multiplication takes 13 ns instead of 6 and a load 11 instead of 3, whatever their order: 0.7.
/// </para>
/// </summary>
internal static unsafe partial class AmxKernel
{
    /// <summary>Rows of a tile, at most.</summary>
    public const int MaximumRows = 16;

    private const int RowBytes = 64;
    private const int TileBytes = MaximumRows * RowBytes;

    private const int Tiles = 8;

    /// <summary>Tiles of sums, the first ones.</summary>
    private const int SumTiles = 4;

    private static readonly delegate* unmanaged[SuppressGCTransition]<byte*, void> Configuring;
    private static readonly delegate* unmanaged[SuppressGCTransition]<void> Releasing;
    private static readonly delegate* unmanaged[SuppressGCTransition]<Arguments*, void> Multiplying;
    private static readonly delegate* unmanaged[SuppressGCTransition]<Arguments*, void> Adding;
    private static readonly delegate* unmanaged[SuppressGCTransition]<nint, void> Repeating;

    static AmxKernel()
    {
        if (!HostInstructionSets.IsPresent(HostInstructionSet.Avx512) || !IsPresent() || !IsAllowed())
        {
            return;
        }

        var code = new AmxAssembler();
        var configure = code.Here;
        code.LoadTileConfiguration(Register64.Rdi);
        code.Return();
        var release = code.Here;
        code.ReleaseTiles();
        code.Return();
        var multiply = code.Here;
        WriteMultiply(code, isAdding: false);
        var add = code.Here;
        WriteMultiply(code, isAdding: true);
        var repeat = code.Here;
        WriteRepeat(code);
        var start = (byte*)ExecutableMemory.TryPlace(code.Code);
        IsSupported = start is not null;
        Configuring = (delegate* unmanaged[SuppressGCTransition]<byte*, void>)(start + configure);
        Releasing = (delegate* unmanaged[SuppressGCTransition]<void>)(start + release);
        Multiplying = (delegate* unmanaged[SuppressGCTransition]<Arguments*, void>)(start + multiply);
        Adding = (delegate* unmanaged[SuppressGCTransition]<Arguments*, void>)(start + add);
        Repeating = (delegate* unmanaged[SuppressGCTransition]<nint, void>)(start + repeat);
    }

    /// <summary>Whether the processor has the unit, beside AVX-512, and the system, Linux, lets this process use it.</summary>
    public static bool IsSupported { get; }

    /// <summary>Prepares this thread's tiles for runs of so many rows, until <see cref="Release"/>.</summary>
    public static void Configure(int rows)
    {
        const int paletteOffset = 0;
        const int rowBytesOffset = 16;
        const int rowsOffset = 48;
        const int firstWeights = 6;
        var configuration = stackalloc byte[RowBytes];
        new Span<byte>(configuration, RowBytes).Clear();
        configuration[paletteOffset] = 1;
        for (var tile = 0; tile < Tiles; tile++)
        {
            ((ushort*)(configuration + rowBytesOffset))[tile] = RowBytes;
            configuration[rowsOffset + tile] = (byte)(tile < firstWeights ? rows : MaximumRows);
        }

        Configuring(configuration);
    }

    /// <summary>Frees this thread's tiles, which would else be saved with every switch to another thread.</summary>
    public static void Release() => Releasing();

    /// <summary>Runs the kernel on a thread whose tiles are prepared.</summary>
    /// <param name="arguments">What it reads and writes.</param>
    /// <param name="isAdding">Whether to add to the sums that are there.</param>
    public static void Multiply(in Arguments arguments, bool isAdding)
    {
        fixed (Arguments* pointer = &arguments)
        {
            if (isAdding)
            {
                Adding(pointer);
            }
            else
            {
                Multiplying(pointer);
            }
        }
    }

    /// <summary>Multiplies tiles that are in registers, as fast as the unit can, on a thread whose tiles are prepared for the most rows.</summary>
    /// <returns>Flops that were done, with bfloat16 factors.</returns>
    public static double Repeat(int times)
    {
        Repeating(times);
        return 2.0 * times * SumTiles * MaximumRows * MaximumRows * RowBytes / sizeof(ushort);
    }

    private static bool IsPresent()
    {
        const int extendedFeatures = 7;
        const int bfloat16 = 1 << 22;
        const int matrixTiles = 1 << 24;
        if (!OperatingSystem.IsLinux() || !X86Base.X64.IsSupported || X86Base.CpuId(0, 0).Eax < extendedFeatures)
        {
            return false;
        }

        return (X86Base.CpuId(extendedFeatures, 0).Edx & (bfloat16 | matrixTiles)) == (bfloat16 | matrixTiles);
    }

    /// <summary>Linux gives tiles to processes that ask, since their threads take more memory to switch.</summary>
    private static bool IsAllowed()
    {
        const nint archPrctl = 158;
        const nint requestPermission = 0x1023;
        const nint tileData = 18;
        return SystemCall(archPrctl, requestPermission, tileData) == 0;
    }

    /// <summary>The kernel; its one argument, a pointer, comes in RDI, and of the registers named here only RBX must be kept (System V ABI).</summary>
    private static void WriteMultiply(AmxAssembler code, bool isAdding)
    {
        const Register64 arguments = Register64.Rdi;
        const Register64 rowStride = Register64.Rax;
        const Register64 inputs = Register64.Rsi;
        const Register64 secondInputs = Register64.Rdx;
        const Register64 weights = Register64.Rcx;
        const Register64 secondWeights = Register64.R8;
        const Register64 inputStep = Register64.R9;
        const Register64 steps = Register64.R10;
        const Register64 upcoming = Register64.R11;
        const Register64 lines = Register64.Rbx;
        (int Tile, string Field)[] sums =
            [(0, nameof(Arguments.Sums00)), (1, nameof(Arguments.Sums01)), (2, nameof(Arguments.Sums10)), (3, nameof(Arguments.Sums11))];
        code.Push(lines);
        code.Move(rowStride, RowBytes);
        Load(inputs, nameof(Arguments.Inputs));
        Load(secondInputs, nameof(Arguments.SecondInputs));
        Load(weights, nameof(Arguments.Weights));
        Load(secondWeights, nameof(Arguments.SecondWeights));
        Load(inputStep, nameof(Arguments.InputStep));
        Load(steps, nameof(Arguments.Steps));
        foreach (var (tile, field) in sums)
        {
            if (isAdding)
            {
                Load(upcoming, field);
                code.LoadTile(tile, upcoming, rowStride);
            }
            else
            {
                code.ZeroTile(tile);
            }
        }

        Load(upcoming, nameof(Arguments.Upcoming));
        var loop = code.Here;
        code.LoadTile(4, inputs, rowStride);
        code.LoadTile(6, weights, rowStride, TileBytes);
        code.MultiplyAdd(0, 4, 6);
        code.LoadTile(7, secondWeights, rowStride, TileBytes);
        code.MultiplyAdd(1, 4, 7);
        code.LoadTile(5, secondInputs, rowStride);
        code.MultiplyAdd(2, 5, 6);
        code.MultiplyAdd(3, 5, 7);
        Fetch();
        code.LoadTile(6, weights, rowStride);
        code.MultiplyAdd(0, 4, 6);
        code.LoadTile(7, secondWeights, rowStride);
        code.MultiplyAdd(1, 4, 7);
        code.MultiplyAdd(2, 5, 6);
        code.MultiplyAdd(3, 5, 7);
        code.Add(inputs, inputStep);
        code.Add(secondInputs, inputStep);
        code.Add(weights, 2 * TileBytes);
        code.Add(secondWeights, 2 * TileBytes);
        Fetch();
        code.LoadTile(4, inputs, rowStride);
        code.MultiplyAdd(0, 4, 6);
        code.MultiplyAdd(1, 4, 7);
        code.LoadTile(5, secondInputs, rowStride);
        code.MultiplyAdd(2, 5, 6);
        code.MultiplyAdd(3, 5, 7);
        Fetch();
        code.Add(inputs, inputStep);
        code.Add(secondInputs, inputStep);
        code.Decrement(steps);
        code.JumpBackIfNotZero(loop);
        foreach (var (tile, field) in sums)
        {
            Load(inputs, field);
            code.StoreTile(tile, inputs, rowStride);
        }

        code.Pop(lines);
        code.Return();

        void Load(Register64 register, string field) => code.Load(register, arguments, (byte)Marshal.OffsetOf<Arguments>(field));

        void Fetch()
        {
            Load(lines, nameof(Arguments.UpcomingLines));
            var fetch = code.Here;
            code.PrefetchLevel2(upcoming);
            code.Add(upcoming, RowBytes);
            code.Decrement(lines);
            code.JumpBackIfNotZero(fetch);
        }
    }

    private static void WriteRepeat(AmxAssembler code)
    {
        const Register64 times = Register64.Rdi;
        for (var tile = 0; tile < Tiles; tile++)
        {
            code.ZeroTile(tile);
        }

        var loop = code.Here;
        code.MultiplyAdd(0, 4, 6);
        code.MultiplyAdd(1, 4, 7);
        code.MultiplyAdd(2, 5, 6);
        code.MultiplyAdd(3, 5, 7);
        code.Decrement(times);
        code.JumpBackIfNotZero(loop);
        code.Return();
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint first, nint second);

    /// <summary>What the kernel reads.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Arguments
    {
        /// <summary>High parts of the first run of rows, first 32 channels.</summary>
        public float* Inputs;

        /// <summary>The same of the second run.</summary>
        public float* SecondInputs;

        /// <summary>Weights of the first block of outputs.</summary>
        public float* Weights;

        /// <summary>Weights of the second.</summary>
        public float* SecondWeights;

        /// <summary>Bytes from the high parts to the low ones, and from those to the next high ones.</summary>
        public nint InputStep;

        /// <summary>Times 32 channels.</summary>
        public nint Steps;

        /// <summary>Weights that will be wanted next.</summary>
        public float* Upcoming;

        /// <summary>Cache lines of them to be fetched in a third of a step; at least one.</summary>
        public nint UpcomingLines;

        /// <summary>Where the first run's sums of the first block of outputs go, a cache line for each row.</summary>
        public float* Sums00;

        /// <summary>The first run's of the second block.</summary>
        public float* Sums01;

        /// <summary>The second run's of the first block.</summary>
        public float* Sums10;

        /// <summary>The second run's of the second block.</summary>
        public float* Sums11;
    }
}
