// out[p,o] = relu(bias[o] + max over the rows r of p of sum_s partial[s,r,o]): what is left of a convolution whose depth was split.
// partial is (S, R, O), bias is (O) in float32, out is (P, O) in one of the StoredFormats, O a multiple of 4, aligned to 16 bytes. A position has one row, or the
// four of its pooling window, as TileGeometry places them.
// Launch: one thread per 4 channels of a position, groups of 256, channels fastest. Slices are added in order, so that the result does
// not depend on timing. Bound by the bytes: 4*S read per partial sum. Not measured on a GPU yet.
using System.Runtime.CompilerServices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Kernels.Cuda;

/// <summary>Adds the partial sums of a split depth, then bias, ReLU and max pool.</summary>
/// <param name="accelerator">The device's.</param>
/// <param name="output">How outputs are stored.</param>
internal sealed class SliceReduction(Accelerator accelerator, ProductPrecision output = ProductPrecision.Float32)
{
    /// <summary>Threads of a group.</summary>
    public const int Threads = 256;

    /// <summary>Channels of a thread.</summary>
    public const int Vector = 4;

    private readonly Lazy<Action<AcceleratorStream, KernelConfig, ArrayView<Float4>, ArrayView<Float4>, long, TileGeometry, int>> launcher =
        new(() => accelerator.LoadKernel(KernelOf(output), LaunchBoundsAttribute.Find(KernelOf(output)).Specialization));

    /// <summary>Compiles the kernel, so that a failure shows before the first run.</summary>
    public void Compile() => _ = launcher.Value;

    /// <summary>Queues the reduction.</summary>
    public void Run(AcceleratorStream stream, TiledLaunch launch, ArrayView<float> partial, ArrayView<float> bias, long destination) => launcher.Value(
        stream, GridFor(launch.Geometry), partial.Cast<Float4>(), bias.Cast<Float4>(), destination, launch.Geometry, launch.Slices);

    /// <summary>Groups and threads for a geometry.</summary>
    public static KernelConfig GridFor(TileGeometry geometry) =>
        new(((geometry.Positions * (geometry.Convolution.OutputChannels / Vector)) + Threads - 1) / Threads, Threads);

    /// <summary>The kernel that stores outputs so.</summary>
    public static Action<ArrayView<Float4>, ArrayView<Float4>, long, TileGeometry, int> KernelOf(ProductPrecision output) => output switch
    {
        ProductPrecision.Float16 => Float16Kernel,
        ProductPrecision.BFloat16 => BFloat16Kernel,
        ProductPrecision.TensorFloat32 => TensorFloat32Kernel,
        ProductPrecision.TensorFloat32x3 => TensorFloat32x3Kernel,
        _ => Float32Kernel,
    };

    [LaunchBounds(Threads, 4)]
    internal static void Float32Kernel(ArrayView<Float4> partial, ArrayView<Float4> bias, long output, TileGeometry t, int slices) =>
        Reduce<Float32Format>(partial, bias, output, t, slices);

    [LaunchBounds(Threads, 4, Capability = 80)]
    internal static void Float16Kernel(ArrayView<Float4> partial, ArrayView<Float4> bias, long output, TileGeometry t, int slices) =>
        Reduce<Float16Format>(partial, bias, output, t, slices);

    [LaunchBounds(Threads, 4, Capability = 80)]
    internal static void BFloat16Kernel(ArrayView<Float4> partial, ArrayView<Float4> bias, long output, TileGeometry t, int slices) =>
        Reduce<BFloat16Format>(partial, bias, output, t, slices);

    [LaunchBounds(Threads, 4, Capability = 80)]
    internal static void TensorFloat32Kernel(ArrayView<Float4> partial, ArrayView<Float4> bias, long output, TileGeometry t, int slices) =>
        Reduce<TensorFloat32Format>(partial, bias, output, t, slices);

    [LaunchBounds(Threads, 4, Capability = 80)]
    internal static void TensorFloat32x3Kernel(ArrayView<Float4> partial, ArrayView<Float4> bias, long output, TileGeometry t, int slices) =>
        Reduce<TensorFloat32x3Format>(partial, bias, output, t, slices);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Reduce<TFormat>(ArrayView<Float4> partial, ArrayView<Float4> bias, long output, TileGeometry t, int slices)
        where TFormat : struct, IStoredFormat
    {
        var index = (Grid.IdxX * Threads) + Group.IdxX;
        var vectors = t.Convolution.OutputChannels / Vector;
        if (index < t.Positions * vectors)
        {
            var position = index / vectors;
            var vector = index - (position * vectors);
            var row = t.RowOf(position);
            var best = Sum(partial, t, slices, vectors, row, vector);
            if (t.Pooled != 0)
            {
                for (var member = 1; member < TileGeometry.Members; member++)
                {
                    best = best.Max(Sum(partial, t, slices, vectors, row + (member * t.Interleave), vector));
                }
            }

            TFormat.Store(output + ((long)index * (Vector * TFormat.ValueBytes)), t.Convolution.Finish(best, bias[vector]));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float4 Sum(ArrayView<Float4> partial, TileGeometry t, int slices, int vectors, int row, int vector)
    {
        var sum = default(Float4);
        for (var slice = 0; slice < slices; slice++)
        {
            sum = sum.Add(partial[(((slice * t.Rows) + row) * vectors) + vector]);
        }

        return sum;
    }
}
