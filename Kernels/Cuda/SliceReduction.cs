// out[p,o] = relu(bias[o] + max over the rows r of p of sum_s partial[s,r,o]): what is left of a convolution whose depth was split.
// partial is (S, R, O), bias is (O) in float32, out is (P, O) in one of the StoredFormats, O a multiple of 4, aligned to 16 bytes. A position has one row, or the
// four of its pooling window, as TileGeometry places them.
// Launch: one thread per 4 channels of a position, groups of 256, channels fastest; or, where outputs are few and slices many, several
// threads, which share the slices and add up in shared memory. The order of sums is fixed, so that the result does not depend on timing.
// Bound by the bytes: 4*S read per partial sum; where these are few by how long S / threads loads after each other take.
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

    /// <summary>Groups that keep a device busy.</summary>
    private const int EnoughGroups = 128;

    /// <summary>Most threads that share the slices of an output, so that 8 neighbours still read 128 bytes side by side.</summary>
    private const int MaximumSharers = 32;

    /// <summary>Slices that a thread should have at least.</summary>
    private const int SlicesPerThread = 4;

    private readonly Lazy<Action<AcceleratorStream, KernelConfig, ArrayView<Float4>, ArrayView<Float4>, long, TileGeometry, int, int>> launcher =
        new(() => accelerator.LoadKernel(KernelOf(output), LaunchBoundsAttribute.Find(KernelOf(output)).Specialization));

    /// <summary>Compiles the kernel, so that a failure shows before the first run.</summary>
    public void Compile() => _ = launcher.Value;

    /// <summary>Queues the reduction.</summary>
    public void Run(AcceleratorStream stream, TiledLaunch launch, ArrayView<float> partial, ArrayView<float> bias, long destination) => launcher.Value(
        stream, GridFor(launch), partial.Cast<Float4>(), bias.Cast<Float4>(), destination, launch.Geometry, launch.Slices, SharersOf(launch));

    /// <summary>Groups and threads.</summary>
    public static KernelConfig GridFor(TiledLaunch launch) => new(GroupsFor(launch, SharersOf(launch)), Threads);

    /// <summary>Threads that share the slices of an output: a power of two.</summary>
    public static int SharersOf(TiledLaunch launch)
    {
        var sharers = 1;
        while (launch.Geometry.Pooled == 0 && sharers < MaximumSharers && launch.Slices > sharers * SlicesPerThread && GroupsFor(launch, sharers) < EnoughGroups)
        {
            sharers *= 2;
        }

        return sharers;
    }

    /// <summary>The kernel that stores outputs so.</summary>
    public static Action<ArrayView<Float4>, ArrayView<Float4>, long, TileGeometry, int, int> KernelOf(ProductPrecision output) => output switch
    {
        ProductPrecision.Float16 => Float16Kernel,
        ProductPrecision.BFloat16 => BFloat16Kernel,
        ProductPrecision.TensorFloat32 => TensorFloat32Kernel,
        ProductPrecision.TensorFloat32x3 => TensorFloat32x3Kernel,
        _ => Float32Kernel,
    };

    [LaunchBounds(Threads, 4)]
    internal static void Float32Kernel(ArrayView<Float4> partial, ArrayView<Float4> bias, long output, TileGeometry t, int slices, int sharers) =>
        Reduce<Float32Format>(partial, bias, output, t, slices, sharers);

    [LaunchBounds(Threads, 4, Capability = 80)]
    internal static void Float16Kernel(ArrayView<Float4> partial, ArrayView<Float4> bias, long output, TileGeometry t, int slices, int sharers) =>
        Reduce<Float16Format>(partial, bias, output, t, slices, sharers);

    [LaunchBounds(Threads, 4, Capability = 80)]
    internal static void BFloat16Kernel(ArrayView<Float4> partial, ArrayView<Float4> bias, long output, TileGeometry t, int slices, int sharers) =>
        Reduce<BFloat16Format>(partial, bias, output, t, slices, sharers);

    [LaunchBounds(Threads, 4, Capability = 80)]
    internal static void TensorFloat32Kernel(ArrayView<Float4> partial, ArrayView<Float4> bias, long output, TileGeometry t, int slices, int sharers) =>
        Reduce<TensorFloat32Format>(partial, bias, output, t, slices, sharers);

    [LaunchBounds(Threads, 4, Capability = 80)]
    internal static void TensorFloat32x3Kernel(ArrayView<Float4> partial, ArrayView<Float4> bias, long output, TileGeometry t, int slices, int sharers) =>
        Reduce<TensorFloat32x3Format>(partial, bias, output, t, slices, sharers);

    private static int GroupsFor(TiledLaunch launch, int sharers) =>
        ((launch.Geometry.Positions * (launch.Geometry.Convolution.OutputChannels / Vector) * sharers) + Threads - 1) / Threads;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Reduce<TFormat>(ArrayView<Float4> partial, ArrayView<Float4> bias, long output, TileGeometry t, int slices, int sharers)
        where TFormat : struct, IStoredFormat
    {
        var shared = SharedMemory.Allocate<Float4>(Threads);
        var outputs = Threads / sharers;
        var sharer = Group.IdxX / outputs;
        var index = (Grid.IdxX * outputs) + Group.IdxX - (sharer * outputs);
        var vectors = t.Convolution.OutputChannels / Vector;
        var position = index / vectors;
        var vector = index - (position * vectors);
        var best = default(Float4);
        if (position < t.Positions)
        {
            // One slice after the other, so that the assembler unrolls the loop and begins several loads at once.
            var perSharer = (slices + sharers - 1) / sharers;
            var first = sharer * perSharer;
            var last = IntrinsicMath.Min(first + perSharer, slices);
            var row = t.RowOf(position);
            best = Sum(partial, t, first, last, vectors, row, vector);
            if (t.Pooled != 0)
            {
                for (var member = 1; member < TileGeometry.Members; member++)
                {
                    best = best.Max(Sum(partial, t, first, last, vectors, row + (member * t.Interleave), vector));
                }
            }
        }

        if (sharers > 1)
        {
            shared[Group.IdxX] = best;
            Group.Barrier();
            for (var other = 1; other < sharers && sharer == 0; other++)
            {
                best = best.Add(shared[Group.IdxX + (other * outputs)]);
            }
        }

        if (sharer == 0 && position < t.Positions)
        {
            TFormat.Store(output + ((long)index * (Vector * TFormat.ValueBytes)), t.Convolution.Finish(best, bias[vector]));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float4 Sum(ArrayView<Float4> partial, TileGeometry t, int first, int last, int vectors, int row, int vector)
    {
        var sum = default(Float4);
        for (var slice = first; slice < last; slice++)
        {
            sum = sum.Add(partial[(((slice * t.Rows) + row) * vectors) + vector]);
        }

        return sum;
    }
}
