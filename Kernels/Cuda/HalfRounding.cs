// out[i] = in[i] rounded to float16, to the nearest and ties to even; beyond 65504 infinite.
// in and out are aligned to 16 bytes and hold a multiple of 4 values. One thread per 4 values, groups of 256.
// Bound by the bytes: 4 read and 2 written per value. Not measured on a GPU yet.
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Gpu.Kernels.Cuda;

/// <summary>Rounds float32 values to float16 on the device.</summary>
internal sealed class HalfRounding(Accelerator accelerator)
{
    /// <summary>Threads of a group.</summary>
    public const int Threads = 256;

    /// <summary>Values of a thread.</summary>
    public const int Vector = 4;

    private const string Round =
        """
        {
        .reg .f32 value<4>;
        .reg .b32 pair<2>;
        ld.global.nc.v4.f32 {value0, value1, value2, value3}, [%0];
        cvt.rn.f16x2.f32 pair0, value1, value0;
        cvt.rn.f16x2.f32 pair1, value3, value2;
        st.global.v2.b32 [%1], {pair0, pair1};
        }
        """;

    private readonly Lazy<Action<AcceleratorStream, KernelConfig, long, long, int>> launcher =
        new(() => accelerator.LoadKernel<long, long, int>(Kernel, LaunchBoundsAttribute.Find(Kernel).Specialization));

    /// <summary>Compiles the kernel, so that a failure shows before the first run.</summary>
    public void Compile() => _ = launcher.Value;

    /// <summary>Queues the rounding of values, a multiple of 4, from one address to another.</summary>
    public void Run(AcceleratorStream stream, long source, long destination, long values)
    {
        var vectors = checked((int)(values / Vector));
        launcher.Value(stream, new KernelConfig((vectors + Threads - 1) / Threads, Threads), source, destination, vectors);
    }

    [LaunchBounds(Threads, 4, Capability = 80)]
    internal static void Kernel(long source, long destination, int vectors)
    {
        var vector = (Grid.IdxX * Threads) + Group.IdxX;
        if (vector < vectors)
        {
            CudaAsm.Emit(Round, source + ((long)vector * (Vector * sizeof(float))), destination + ((long)vector * (Vector * sizeof(ushort))));
        }
    }
}
