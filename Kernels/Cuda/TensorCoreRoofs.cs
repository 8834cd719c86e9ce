// Products of matrices, nothing else: what a kernel can reach at the most, by mma.sync and, on Hopper, by the warpgroups' instructions.
// Launch: groups of 256 threads, 8 for each multiprocessor.
// mma.sync: each warp has 8 sums of 16x8 that do not wait for each other; a round adds a 16x16 (of tensor floats 16x8) matrix times a
// 16x8 (8x8) one, in registers, to each. Warpgroups: a round is the products of a step of WarpgroupKernels' tallest tile, from shared memory
// that nobody writes.
// Measured on an H100 and an H200: docs/benchmarks.md.
using System.Runtime.CompilerServices;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Gpu.Kernels.Cuda;

/// <summary>Measures the rates of tensor cores.</summary>
internal sealed class TensorCoreRoofs(AcceleratorDevice device, CudaAccelerator accelerator)
{
    private const int Threads = 256;
    private const int GroupsPerMultiprocessor = 8;
    private const int Sums = 8;

    private const string Declare =
        """
        .reg .f32 sum<32>;
        .reg .b32 left<4>, right<2>;
        mov.b32 left0, %0; mov.b32 left1, %0; mov.b32 left2, %0; mov.b32 left3, %0; mov.b32 right0, %0; mov.b32 right1, %0;
        mov.f32 sum0, 0f00000000; mov.f32 sum1, sum0; mov.f32 sum2, sum0; mov.f32 sum3, sum0; mov.f32 sum4, sum0; mov.f32 sum5, sum0; mov.f32 sum6, sum0; mov.f32 sum7, sum0;
        mov.f32 sum8, sum0; mov.f32 sum9, sum0; mov.f32 sum10, sum0; mov.f32 sum11, sum0; mov.f32 sum12, sum0; mov.f32 sum13, sum0; mov.f32 sum14, sum0; mov.f32 sum15, sum0;
        mov.f32 sum16, sum0; mov.f32 sum17, sum0; mov.f32 sum18, sum0; mov.f32 sum19, sum0; mov.f32 sum20, sum0; mov.f32 sum21, sum0; mov.f32 sum22, sum0; mov.f32 sum23, sum0;
        mov.f32 sum24, sum0; mov.f32 sum25, sum0; mov.f32 sum26, sum0; mov.f32 sum27, sum0; mov.f32 sum28, sum0; mov.f32 sum29, sum0; mov.f32 sum30, sum0; mov.f32 sum31, sum0;
        """;

    private const string Factors = ", {left0, left1, left2, left3}, {right0, right1}, ";
    private const string First = " {sum0, sum1, sum2, sum3}" + Factors + "{sum0, sum1, sum2, sum3};\n";
    private const string Second = " {sum4, sum5, sum6, sum7}" + Factors + "{sum4, sum5, sum6, sum7};\n";
    private const string Third = " {sum8, sum9, sum10, sum11}" + Factors + "{sum8, sum9, sum10, sum11};\n";
    private const string Fourth = " {sum12, sum13, sum14, sum15}" + Factors + "{sum12, sum13, sum14, sum15};\n";
    private const string Fifth = " {sum16, sum17, sum18, sum19}" + Factors + "{sum16, sum17, sum18, sum19};\n";
    private const string Sixth = " {sum20, sum21, sum22, sum23}" + Factors + "{sum20, sum21, sum22, sum23};\n";
    private const string Seventh = " {sum24, sum25, sum26, sum27}" + Factors + "{sum24, sum25, sum26, sum27};\n";
    private const string Eighth = " {sum28, sum29, sum30, sum31}" + Factors + "{sum28, sum29, sum30, sum31};\n";

    private const string Half = "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32";
    private const string Brain = "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32";
    private const string Tensor = "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32";

    private const string HalfRound = Half + First + Half + Second + Half + Third + Half + Fourth + Half + Fifth + Half + Sixth + Half + Seventh + Half + Eighth;
    private const string BrainRound = Brain + First + Brain + Second + Brain + Third + Brain + Fourth + Brain + Fifth + Brain + Sixth + Brain + Seventh + Brain + Eighth;
    private const string TensorRound = Tensor + First + Tensor + Second + Tensor + Third + Tensor + Fourth + Tensor + Fifth + Tensor + Sixth + Tensor + Seventh + Tensor + Eighth;

    /// <summary>All sums are used, so that none is left out.</summary>
    private const string Finish =
        """
        add.f32 sum0, sum0, sum4; add.f32 sum8, sum8, sum12; add.f32 sum16, sum16, sum20; add.f32 sum24, sum24, sum28;
        add.f32 sum0, sum0, sum8; add.f32 sum16, sum16, sum24; add.f32 sum0, sum0, sum16;
        st.global.f32 [%0], sum0;
        """;

    /// <summary>A sum is used, so that the products are not left out.</summary>
    private const string FinishWarpgroups = "st.global.f32 [%0], sum0;";

    private const int HalfDepth = 16;
    private const int TensorDepth = 8;

    /// <summary>Measures those that the device has. The rate of a type is that of its fastest instructions.</summary>
    public List<Roof> Measure()
    {
        var roofs = new List<Roof>();
        Add<WideFloat16WarpgroupTile>(ProductPrecision.Float16, Float16, HalfDepth, WarpgroupFloat16);
        Add<WideBFloat16WarpgroupTile>(ProductPrecision.BFloat16, BFloat16, HalfDepth, WarpgroupBFloat16);
        Add<WideTensorFloat32WarpgroupTile>(ProductPrecision.TensorFloat32, TensorFloat32, TensorDepth, WarpgroupTensorFloat32);
        return roofs;

        void Add<TTile>(ProductPrecision products, Action<long, int, int> warps, int depth, Action<long, int> warpgroups)
            where TTile : struct, IWarpgroupTile
        {
            var name = DeviceRoofs.NameOf(products);
            if (ArchitectureSpecificKernel.IsSupported(accelerator, warpgroups))
            {
                roofs.Add(device.Guard("measure tensor cores", () => MeasureWarpgroups<TTile>(name, warpgroups)));
                name += ", mma.sync";
            }

            if (LaunchBoundsAttribute.Find(warps).Supports(accelerator.Architecture))
            {
                roofs.Add(device.Guard("measure tensor cores", () => MeasureWarps(name, warps, depth)));
            }
        }
    }

    private Roof MeasureWarps(string name, Action<long, int, int> kernel, int depth)
    {
        var launch = accelerator.LoadKernel(kernel, LaunchBoundsAttribute.Find(kernel).Specialization);
        return Measure(
            name, 2L * 16 * 8 * depth * Sums * (Threads / accelerator.WarpSize),
            (groups, output, rounds) => launch(device.Stream, new KernelConfig(groups, Threads), output, rounds, 0));
    }

    private Roof MeasureWarpgroups<TTile>(string name, Action<long, int> kernel)
        where TTile : struct, IWarpgroupTile
    {
        var shared = WarpgroupKernels.SharedBytes<TTile>(leftBuffers: 1);
        var launch = ArchitectureSpecificKernel.Load<Action<AcceleratorStream, KernelConfig, long, int>>(accelerator, kernel, shared);
        return Measure(
            name, 2L * TTile.Rows * WarpgroupGeometry.Columns * TTile.Outputs * WarpgroupKernels.BlockChannels<TTile>(),
            (groups, output, rounds) => launch(device.Stream, new KernelConfig(groups, Threads, SharedMemoryConfig.RequestDynamic<byte>(shared)), output, rounds));
    }

    /// <summary>Measures a kernel whose groups do so many flops a round.</summary>
    private Roof Measure(string name, long flops, Action<int, long, int> launch)
    {
        var groups = accelerator.NumMultiprocessors * GroupsPerMultiprocessor;
        var output = device.Memory.Allocate<float>((long)groups * Threads);
        try
        {
            return new Roof(name, RoofUnit.FlopsPerSecond, new AcceleratorRoofs(device).Best(rounds =>
            {
                launch(groups, output.NativePtr, rounds);
                return (double)flops * groups * rounds;
            }));
        }
        finally
        {
            device.Memory.Free(output);
        }
    }

    [LaunchBounds(Threads, 2, Capability = 80)]
    internal static void Float16(long output, int rounds, int factor)
    {
        CudaAsm.Emit(Declare, factor);
        for (var round = 0; round < rounds; round++)
        {
            CudaAsm.Emit(HalfRound);
        }

        CudaAsm.Emit(Finish, PlaceOf(output));
    }

    [LaunchBounds(Threads, 2, Capability = 80)]
    internal static void BFloat16(long output, int rounds, int factor)
    {
        CudaAsm.Emit(Declare, factor);
        for (var round = 0; round < rounds; round++)
        {
            CudaAsm.Emit(BrainRound);
        }

        CudaAsm.Emit(Finish, PlaceOf(output));
    }

    [LaunchBounds(Threads, 2, Capability = 80)]
    internal static void TensorFloat32(long output, int rounds, int factor)
    {
        CudaAsm.Emit(Declare, factor);
        for (var round = 0; round < rounds; round++)
        {
            CudaAsm.Emit(TensorRound);
        }

        CudaAsm.Emit(Finish, PlaceOf(output));
    }

    [LaunchBounds(Threads, 1, Capability = 90, ArchitectureSpecific = true)]
    internal static void WarpgroupFloat16(long output, int rounds) => MultiplyWarpgroups<WideFloat16WarpgroupTile>(output, rounds);

    [LaunchBounds(Threads, 1, Capability = 90, ArchitectureSpecific = true)]
    internal static void WarpgroupBFloat16(long output, int rounds) => MultiplyWarpgroups<WideBFloat16WarpgroupTile>(output, rounds);

    [LaunchBounds(Threads, 1, Capability = 90, ArchitectureSpecific = true)]
    internal static void WarpgroupTensorFloat32(long output, int rounds) => MultiplyWarpgroups<WideTensorFloat32WarpgroupTile>(output, rounds);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyWarpgroups<TTile>(long output, int rounds)
        where TTile : struct, IWarpgroupTile
    {
        // Tells ILGPU to declare the memory, which the assembly uses.
        var shared = SharedMemory.GetDynamic<byte>();
        TTile.Declare();
        if (Group.IdxX == 0)
        {
            shared[0] = 0;
        }

        Group.Barrier();
        for (var round = 0; round < rounds; round++)
        {
            TTile.Multiply(0, TTile.LeftBytes);
        }

        CudaAsm.Emit("wgmma.wait_group.sync.aligned 0;");
        CudaAsm.Emit(FinishWarpgroups, PlaceOf(output));
    }

    private static long PlaceOf(long output) => output + ((((long)Grid.IdxX * Threads) + Group.IdxX) * sizeof(float));
}
