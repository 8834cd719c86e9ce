// out[i] = in[i] rounded for tensor cores, to the nearest and ties to even, of tensor floats ties away from zero: to float16 (beyond
// 65504 infinite), bfloat16 or tensor floats of 32 bits; or split into two tensor floats whose sum is in[i] to 22 bits, 4 of the first
// and then 4 of the second.
// in and out are aligned to 16 bytes and hold a multiple of 4 values. One thread per 4 values, groups of 256.
// Bound by the bytes: 4 read and 2, 4 or 8 written per value. Not measured on a GPU yet.
using System.Runtime.CompilerServices;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Gpu.Kernels.Cuda;

/// <summary>Rounds float32 values to the factors of tensor cores on the device.</summary>
/// <param name="accelerator">The device's.</param>
/// <param name="kernel">One of the kernels here.</param>
internal sealed class FactorRounding(Accelerator accelerator, Action<long, long, int> kernel)
{
    /// <summary>Threads of a group.</summary>
    public const int Threads = 256;

    /// <summary>Values of a thread.</summary>
    public const int Vector = 4;

    private const string Load = "{ .reg .f32 value<4>; .reg .b32 first<4>, second<4>; ld.global.nc.v4.f32 {value0, value1, value2, value3}, [%0];\n";
    private const string StorePairs = "st.global.v2.b32 [%1], {first0, first1}; }";
    private const string StoreFirst = "st.global.v4.b32 [%1], {first0, first1, first2, first3};\n";

    private const string ToFloat16 = Load + "cvt.rn.f16x2.f32 first0, value1, value0;\ncvt.rn.f16x2.f32 first1, value3, value2;\n" + StorePairs;
    private const string ToBFloat16 = Load + "cvt.rn.bf16x2.f32 first0, value1, value0;\ncvt.rn.bf16x2.f32 first1, value3, value2;\n" + StorePairs;

    private const string RoundFirst =
        """
        cvt.rna.tf32.f32 first0, value0;
        cvt.rna.tf32.f32 first1, value1;
        cvt.rna.tf32.f32 first2, value2;
        cvt.rna.tf32.f32 first3, value3;

        """;

    private const string RoundRest =
        """
        sub.rn.f32 value0, value0, first0;
        sub.rn.f32 value1, value1, first1;
        sub.rn.f32 value2, value2, first2;
        sub.rn.f32 value3, value3, first3;
        cvt.rna.tf32.f32 second0, value0;
        cvt.rna.tf32.f32 second1, value1;
        cvt.rna.tf32.f32 second2, value2;
        cvt.rna.tf32.f32 second3, value3;
        st.global.v4.b32 [%1+16], {second0, second1, second2, second3};

        """;

    private const string ToTensorFloat32 = Load + RoundFirst + StoreFirst + "}";
    private const string ToTensorFloat32x3 = Load + RoundFirst + StoreFirst + RoundRest + "}";

    private readonly Lazy<Action<AcceleratorStream, KernelConfig, long, long, int>> launcher =
        new(() => accelerator.LoadKernel(kernel, LaunchBoundsAttribute.Find(kernel).Specialization));

    /// <summary>Compiles the kernel, so that a failure shows before the first run.</summary>
    public void Compile() => _ = launcher.Value;

    /// <summary>Queues the rounding of values, a multiple of 4, from one address to another.</summary>
    public void Run(AcceleratorStream stream, long source, long destination, long values)
    {
        var vectors = checked((int)(values / Vector));
        launcher.Value(stream, new KernelConfig((vectors + Threads - 1) / Threads, Threads), source, destination, vectors);
    }

    /// <summary>Rounds values into new memory of so many float32 values, and frees the old.</summary>
    public MemoryBuffer1D<float, Stride1D.Dense> Replace(AcceleratorDevice device, MemoryBuffer1D<float, Stride1D.Dense> values, long roundedLength)
    {
        var rounded = device.Memory.Allocate<float>(roundedLength);
        try
        {
            device.Guard("round weights", () =>
            {
                Run(device.Stream, values.NativePtr, rounded.NativePtr, values.Length);
                device.Stream.Synchronize();
            });
        }
        catch
        {
            device.Memory.Free(rounded);
            throw;
        }

        device.Memory.Free(values);
        return rounded;
    }

    [LaunchBounds(Threads, 4, Capability = 80)]
    internal static void Float16Kernel(long source, long destination, int vectors)
    {
        if (Index < vectors)
        {
            CudaAsm.Emit(ToFloat16, SourceOf(source), DestinationOf(destination, sizeof(ushort)));
        }
    }

    [LaunchBounds(Threads, 4, Capability = 80)]
    internal static void BFloat16Kernel(long source, long destination, int vectors)
    {
        if (Index < vectors)
        {
            CudaAsm.Emit(ToBFloat16, SourceOf(source), DestinationOf(destination, sizeof(ushort)));
        }
    }

    [LaunchBounds(Threads, 4, Capability = 80)]
    internal static void TensorFloat32Kernel(long source, long destination, int vectors)
    {
        if (Index < vectors)
        {
            CudaAsm.Emit(ToTensorFloat32, SourceOf(source), DestinationOf(destination, sizeof(float)));
        }
    }

    [LaunchBounds(Threads, 4, Capability = 80)]
    internal static void TensorFloat32x3Kernel(long source, long destination, int vectors)
    {
        if (Index < vectors)
        {
            CudaAsm.Emit(ToTensorFloat32x3, SourceOf(source), DestinationOf(destination, 2 * sizeof(float)));
        }
    }

    private static int Index => (Grid.IdxX * Threads) + Group.IdxX;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long SourceOf(long source) => DestinationOf(source, sizeof(float));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long DestinationOf(long destination, int bytes) => destination + ((long)Index * (Vector * bytes));
}
