// out = relu(conv(in, filter) + bias) on tensor cores for 3x3 kernels over 3 channels, with a max pool if one follows: pixels and weights
// rounded to float16 or bfloat16, sums in float32.
// in is (N, H, W, 3), finite when rounded, filter is (27, O), bias is (O) in float32; out is (N, OH, OW, O) in float32 or in the factors'
// type; dense row-major, O a multiple of 8, aligned to 16 bytes.
// Launch: groups of four warps, as many as the device runs at once, each walking over tiles of 8 rows x 32 columns of positions x 64
// outputs. A warp has two rows, 16 columns at a time, as two products (mma.m16n8k16) of 16 positions x 64 outputs over a depth of 32: of
// its 16 rows the first 8 are the even columns, the others the odd ones, so that a thread has whole pooling windows. A row of taps is 9
// adjacent values of the picture, 5 pairs with one that meets a weight of 0.
// The weights stay in 32 registers. Pixels lie in shared memory in two buffers, 10 rows x 34 columns, each in two copies of which one is a
// value further: pairs of an odd column begin at an odd value. While one tile is multiplied the next one's are fetched into registers.
// 8 KiB. The outputs of the 8 products side by side are so chosen that a thread has twice 8 adjacent ones.
// Bound by the bytes of the output: 54 flops for each of 2 bytes. Registers stand in Tests/Data/ptxas.tsv. Measured on an H200:
// 0.15 ms at batch 64, 2.9 TB/s.
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace Gpu.Kernels.Cuda;

/// <summary>The kernels of <see cref="FirstLayerConvolution"/> on tensor cores.</summary>
internal static class FirstLayerTensorCoreKernels
{
    private const int Threads = 128;
    private const int Groups = 3;
    private const int HalfBytes = sizeof(ushort);
    private const int RowValues = FirstLayerGeometry.Side * FirstLayerGeometry.Channels;
    private const int PairsPerRow = (RowValues + 1) / 2;

    /// <summary>What a group computes at a time.</summary>
    internal static readonly FirstLayerTileShape Shape = new(Threads, Groups, FirstLayerTensorCoreTile.Rows, FirstLayerTensorCoreTile.Columns, FirstLayerTensorCoreTile.Outputs);

    /// <summary>Float16, outputs in float32.</summary>
    [LaunchBounds(Threads, Groups, Capability = 80)]
    internal static void Float16ToFloat32Kernel(long input, long filter, long bias, long output, FirstLayerGeometry t) =>
        Compute<FirstLayerFloat16Factors, FirstLayerTensorCoreFloat32End>(input, filter, bias, output, t);

    /// <summary>Float16, outputs in float16.</summary>
    [LaunchBounds(Threads, Groups, Capability = 80)]
    internal static void Float16Kernel(long input, long filter, long bias, long output, FirstLayerGeometry t) =>
        Compute<FirstLayerFloat16Factors, FirstLayerTensorCoreFloat16End>(input, filter, bias, output, t);

    /// <summary>Bfloat16, outputs in float32.</summary>
    [LaunchBounds(Threads, Groups, Capability = 80)]
    internal static void BFloat16ToFloat32Kernel(long input, long filter, long bias, long output, FirstLayerGeometry t) =>
        Compute<FirstLayerBFloat16Factors, FirstLayerTensorCoreFloat32End>(input, filter, bias, output, t);

    /// <summary>Bfloat16, outputs in bfloat16.</summary>
    [LaunchBounds(Threads, Groups, Capability = 80)]
    internal static void BFloat16Kernel(long input, long filter, long bias, long output, FirstLayerGeometry t) =>
        Compute<FirstLayerBFloat16Factors, FirstLayerTensorCoreBFloat16End>(input, filter, bias, output, t);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Compute<TFactors, TEnd>(long input, long filter, long bias, long output, FirstLayerGeometry t)
        where TFactors : struct, IFirstLayerFactors
        where TEnd : struct, IFirstLayerEnd
    {
        CudaAsm.Emit(FirstLayerTensorCoreTile.Declare);
        var firstChannel = Grid.IdxY * FirstLayerTensorCoreTile.Outputs;
        var lane = Group.IdxX % 32;
        var row = Group.IdxX / 32 * FirstLayerTensorCoreTile.ThreadRows;

        // What it holds of the right matrix: column lane / 4 of each product. What it stores are columns 2 * (lane % 4) and the next.
        var column = firstChannel + (lane / 8 * 8) + (lane / 4 % 2);
        TFactors.LoadWeights0(WeightsOf(t, filter, column, 0));
        TFactors.LoadWeights1(WeightsOf(t, filter, column, 1));
        TFactors.LoadWeights2(WeightsOf(t, filter, column, 2));
        TFactors.LoadWeights3(WeightsOf(t, filter, column, 3));
        var channel = firstChannel + (lane % 4 * 8);
        CudaAsm.Emit(FirstLayerTensorCoreTile.LoadBias, bias + ((long)channel * sizeof(float)), t.Convolution.OutputChannels - channel);

        // And of the left: positions 2 * (lane / 4) and the next, pairs lane % 4 and every fourth from there.
        var evenColumn = lane / 4 * 2;
        var pixels = (row * FirstLayerTensorCoreTile.InputRowBytes) + (evenColumn * (FirstLayerGeometry.Channels * HalfBytes));
        var pair0 = pixels + PlaceOf(0);
        var pair1 = pixels + PlaceOf(1);
        var pair2 = pixels + PlaceOf(2);
        var pair3 = pixels + PlaceOf(3);

        var tile = Grid.IdxX;
        var first = t.PositionOf(tile);
        Fetch(t, input, first, isPresent: true);
        Stage<TFactors>(0);
        Group.Barrier();
        var buffer = 0;
        for (; tile < t.Tiles; tile += Grid.DimX)
        {
            var next = t.PositionOf(tile + Grid.DimX);
            Fetch(t, input, next, tile + Grid.DimX < t.Tiles);
            for (var block = 0; block < FirstLayerTensorCoreTile.Columns; block += FirstLayerTensorCoreTile.BlockColumns)
            {
                var place = buffer + (block * (FirstLayerGeometry.Channels * HalfBytes));
                TFactors.Multiply(place + pair0, place + pair1, place + pair2, place + pair3);
                var end = FirstLayerPlace.Of(t, output, TEnd.ValueBytes, first.Moved(row, block + evenColumn), channel);
                if (t.Pooled != 0)
                {
                    TEnd.FinishPooled(end);
                }
                else
                {
                    TEnd.Finish(end);
                }
            }

            buffer = FirstLayerTensorCoreTile.BufferBytes - buffer;
            Stage<TFactors>(buffer);
            first = next;
            Group.Barrier();
        }
    }

    /// <summary>Which pair of factors, of 16 over the depth, a thread's first to fourth is; the last of all has no taps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PairOf(int index) => (Group.IdxX % 4) + (4 * index);

    /// <summary>The weights of a pair, none of one without taps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static FirstLayerWeights WeightsOf(FirstLayerGeometry t, long filter, int column, int index)
    {
        var outputs = t.Convolution.OutputChannels;
        var pair = PairOf(index);
        var value = pair % PairsPerRow * 2;
        return new FirstLayerWeights(
            filter + ((((long)((pair / PairsPerRow * RowValues) + value) * outputs) + column) * sizeof(float)),
            (long)outputs * sizeof(float),
            pair < PairsPerRow * FirstLayerGeometry.Side ? RowValues - value : 0,
            outputs - column);
    }

    /// <summary>The place of a pair in shared memory, from a position's; of one without taps any that holds pixels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int PlaceOf(int index)
    {
        var pair = IntrinsicMath.Min(PairOf(index), (PairsPerRow * FirstLayerGeometry.Side) - 1);
        return (pair / PairsPerRow * FirstLayerTensorCoreTile.InputRowBytes) + (pair % PairsPerRow * (2 * HalfBytes));
    }

    /// <summary>Loads a value of each row of a tile into registers, zeros for what lies outside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(FirstLayerGeometry t, long input, FirstLayerPosition first, bool isPresent)
    {
        if (Group.IdxX < FirstLayerTensorCoreTile.InputFloats)
        {
            var pixels = FirstLayerPixels.Of(t, input, first, isPresent, Group.IdxX);
            CudaAsm.Emit(FirstLayerTensorCoreTile.Fetch, pixels.First, pixels.Pitch, pixels.Row, pixels.Rows);
        }
    }

    /// <summary>Stores what was fetched, rounded.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Stage<TFactors>(int buffer)
        where TFactors : struct, IFirstLayerFactors
    {
        if (Group.IdxX < FirstLayerTensorCoreTile.InputFloats)
        {
            TFactors.Stage(buffer + (Group.IdxX * HalfBytes));
        }
    }
}
