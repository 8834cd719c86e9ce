// out[i] = in[i] rounded for tensor cores to one of the StoredFormats.
// in and out are aligned to 16 bytes and hold a multiple of 4 values. One thread per 4 values, groups of 256.
// Bound by the bytes: 4 read and 2, 4 or 8 written per value. Runs once a network, before its first layer on tensor cores.
using System.Runtime.CompilerServices;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;

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
    internal static void Float16Kernel(long source, long destination, int vectors) => Round<Float16Format>(source, destination, vectors);

    [LaunchBounds(Threads, 4, Capability = 80)]
    internal static void BFloat16Kernel(long source, long destination, int vectors) => Round<BFloat16Format>(source, destination, vectors);

    [LaunchBounds(Threads, 4, Capability = 80)]
    internal static void TensorFloat32Kernel(long source, long destination, int vectors) => Round<TensorFloat32Format>(source, destination, vectors);

    [LaunchBounds(Threads, 4, Capability = 80)]
    internal static void TensorFloat32x3Kernel(long source, long destination, int vectors) => Round<TensorFloat32x3Format>(source, destination, vectors);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round<TFormat>(long source, long destination, int vectors)
        where TFormat : struct, IStoredFormat
    {
        var index = (Grid.IdxX * Threads) + Group.IdxX;
        if (index < vectors)
        {
            TFormat.Convert(source + ((long)index * (Vector * sizeof(float))), destination + ((long)index * (Vector * TFormat.ValueBytes)));
        }
    }
}
