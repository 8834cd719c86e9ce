// Weights of 3x3 convolutions from HWIO, rounded, to what WarpgroupKernels copy: for each tile of outputs, block of 128 bytes of channels and tap
// [part][vector of 16 bytes of channels][output of the tile][channel of the vector]. Of every 4 vectors of outputs, output 2j + e of vector q
// stands at 8j + 2q + e, because that is where the sums of one thread lie (PTX ISA, section 9.7.15.5.1.1), so that it stores them side by side.
// One thread per weight, groups of 256. Bound by the bytes, which are read with a stride. Done once, when a network is loaded.
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Kernels.Cuda;

/// <summary>Arranges weights for <see cref="WarpgroupKernels"/>.</summary>
/// <param name="device">The device.</param>
/// <param name="factorBytes">Bytes of a factor.</param>
internal sealed class WarpgroupFilter(AcceleratorDevice device, int factorBytes)
{
    /// <summary>Threads of a group.</summary>
    public const int Threads = 256;

    private readonly Lazy<Action<AcceleratorStream, KernelConfig, ArrayView<ushort>, ArrayView<ushort>, WarpgroupFilterShape>> halves = new(() =>
        device.Accelerator.LoadKernel<ArrayView<ushort>, ArrayView<ushort>, WarpgroupFilterShape>(HalvesKernel));

    private readonly Lazy<Action<AcceleratorStream, KernelConfig, ArrayView<uint>, ArrayView<uint>, WarpgroupFilterShape>> words = new(() =>
        device.Accelerator.LoadKernel<ArrayView<uint>, ArrayView<uint>, WarpgroupFilterShape>(WordsKernel));

    /// <summary>Arranges rounded weights in new memory, and frees the old.</summary>
    public MemoryBuffer1D<float, Stride1D.Dense> Replace(MemoryBuffer1D<float, Stride1D.Dense> rounded, WarpgroupFilterShape shape)
    {
        var arranged = device.Memory.Allocate<float>(rounded.Length);
        try
        {
            device.Guard("arrange weights", () =>
            {
                var grid = new KernelConfig((shape.Length + Threads - 1) / Threads, Threads);
                if (factorBytes == sizeof(ushort))
                {
                    halves.Value(device.Stream, grid, ((ArrayView<float>)rounded.View).Cast<ushort>(), ((ArrayView<float>)arranged.View).Cast<ushort>(), shape);
                }
                else
                {
                    words.Value(device.Stream, grid, ((ArrayView<float>)rounded.View).Cast<uint>(), ((ArrayView<float>)arranged.View).Cast<uint>(), shape);
                }

                device.Stream.Synchronize();
            });
        }
        catch
        {
            device.Memory.Free(arranged);
            throw;
        }

        device.Memory.Free(rounded);
        return arranged;
    }

    internal static void HalvesKernel(ArrayView<ushort> source, ArrayView<ushort> destination, WarpgroupFilterShape shape)
    {
        var index = (Grid.IdxX * Threads) + Group.IdxX;
        if (index < shape.Length)
        {
            destination[index] = source[shape.SourceOf(index)];
        }
    }

    internal static void WordsKernel(ArrayView<uint> source, ArrayView<uint> destination, WarpgroupFilterShape shape)
    {
        var index = (Grid.IdxX * Threads) + Group.IdxX;
        if (index < shape.Length)
        {
            destination[index] = source[shape.SourceOf(index)];
        }
    }
}

/// <summary>Where the weights of a filter stand before and after they are arranged.</summary>
/// <param name="InputChannels">Channels of the input.</param>
/// <param name="OutputChannels">Channels of the output.</param>
/// <param name="TileOutputs">Outputs of a tile.</param>
/// <param name="VectorChannels">Channels of a vector.</param>
/// <param name="Parts">Factors that stand for a weight; four of the first and four of the second alternate before.</param>
internal readonly record struct WarpgroupFilterShape(int InputChannels, int OutputChannels, int TileOutputs, int VectorChannels, int Parts)
{
    /// <summary>Lanes that have the sums of 8 outputs, and weights of which a vector of first parts and one of second parts follow each other.</summary>
    private const int Lanes = 4;

    /// <summary>Factors.</summary>
    public int Length => Parts * WarpgroupGeometry.Taps * InputChannels * OutputChannels;

    /// <summary>The place, before, of the factor that stands at a place.</summary>
    public int SourceOf(int index)
    {
        var element = index % VectorChannels;
        var rest = index / VectorChannels;
        var column = rest % TileOutputs;
        rest /= TileOutputs;
        var vector = rest % WarpgroupKernels.Vectors;
        rest /= WarpgroupKernels.Vectors;
        var part = rest % Parts;
        rest /= Parts;
        var tap = rest % WarpgroupGeometry.Taps;
        rest /= WarpgroupGeometry.Taps;
        var blocks = InputChannels / (WarpgroupKernels.Vectors * VectorChannels);
        var tile = rest / blocks;
        var channel = ((((rest - (tile * blocks)) * WarpgroupKernels.Vectors) + vector) * VectorChannels) + element;
        var weight = (((tap * InputChannels) + channel) * OutputChannels) + (tile * TileOutputs) + OutputOf(column);
        return Parts == 1 ? weight : (weight / Lanes * Parts * Lanes) + (part * Lanes) + (weight % Lanes);
    }

    /// <summary>The output of a tile whose weights stand in a column of the product.</summary>
    public int OutputOf(int column)
    {
        // A thread's vector is as many outputs as a vector has channels; 4 lanes have one each.
        var span = Lanes * VectorChannels;
        var inSpan = column % span;
        return (column - inSpan) + (inSpan % 8 / 2 * VectorChannels) + (inSpan / 8 * 2) + (inSpan % 2);
    }
}
