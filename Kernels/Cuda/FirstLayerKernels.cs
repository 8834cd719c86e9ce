// out = relu(conv(in, filter) + bias) in float32 on CUDA cores for 3x3 kernels over 3 channels, the first layer of a network, with a max
// pool if one follows.
// in is (N, H, W, 3), filter is (27, O), bias is (O) in float32; out is (N, OH, OW, O) in float32 or in the factors that the next layer
// multiplies, as FactorRounding writes them; dense row-major, O a multiple of 8, aligned to 16 bytes.
// Launch: groups of 128 threads, as many as the device runs at once, each walking over tiles of 4 rows x 32 columns of positions x 64
// outputs; each thread 2 rows x 4 columns, so that it has whole pooling windows, x 8 outputs in named registers. Neighbours in a warp
// have the outputs beside each other: 8 adjacent ones where two halves are stored in 4 bytes, else two runs of 4, 32 apart, so that
// whole sectors of 32 bytes are stored at once.
// The weights stay in shared memory, 27 x 64, ordered by run; pixels lie there twice, 6 rows x 34 columns: while one tile is multiplied
// the next one's are fetched into registers. 12 KiB. Per tile and thread 1728 multiply-adds for 74 shared loads of 16 bytes.
// Bound by the multiply-adds, 54 flops an output, and of float32 by the bytes as well. Registers stand in Tests/Data/ptxas.tsv.
// Measured on an H200 at batch 64: 0.35 ms with float32 outputs, 32 TFLOP/s and 62 % of what its memory allows.
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace Gpu.Kernels.Cuda;

/// <summary>The kernels of <see cref="FirstLayerConvolution"/> on CUDA cores, one for each format of outputs.</summary>
internal static class FirstLayerKernels
{
    private const int Threads = 128;
    private const int Groups = 3;
    private const int Vector = 4;
    private const int Lanes = FirstLayerTile.Outputs / 8;
    private const int Strips = FirstLayerTile.Columns / FirstLayerTile.ThreadColumns;
    private const int Terms = FirstLayerGeometry.Side * FirstLayerGeometry.Side * FirstLayerGeometry.Channels;

    /// <summary>What a group computes at a time.</summary>
    internal static readonly FirstLayerTileShape Shape = new(Threads, Groups, FirstLayerTile.Rows, FirstLayerTile.Columns, FirstLayerTile.Outputs);

    /// <summary>Outputs as they are.</summary>
    [LaunchBounds(Threads, Groups)]
    internal static void Float32Kernel(long input, long filter, long bias, long output, FirstLayerGeometry t) => Compute<FirstLayerFloat32End>(input, filter, bias, output, t);

    /// <summary>Outputs in float16.</summary>
    [LaunchBounds(Threads, Groups, Capability = 80)]
    internal static void Float16Kernel(long input, long filter, long bias, long output, FirstLayerGeometry t) => Compute<FirstLayerFloat16End>(input, filter, bias, output, t);

    /// <summary>Outputs in bfloat16.</summary>
    [LaunchBounds(Threads, Groups, Capability = 80)]
    internal static void BFloat16Kernel(long input, long filter, long bias, long output, FirstLayerGeometry t) => Compute<FirstLayerBFloat16End>(input, filter, bias, output, t);

    /// <summary>Outputs in tensor floats.</summary>
    [LaunchBounds(Threads, Groups, Capability = 80)]
    internal static void TensorFloat32Kernel(long input, long filter, long bias, long output, FirstLayerGeometry t) =>
        Compute<FirstLayerTensorFloat32End>(input, filter, bias, output, t);

    /// <summary>Outputs in sums of two tensor floats.</summary>
    [LaunchBounds(Threads, Groups, Capability = 80)]
    internal static void TensorFloat32x3Kernel(long input, long filter, long bias, long output, FirstLayerGeometry t) =>
        Compute<FirstLayerTensorFloat32x3End>(input, filter, bias, output, t);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Compute<TEnd>(long input, long filter, long bias, long output, FirstLayerGeometry t)
        where TEnd : struct, IFirstLayerEnd
    {
        CudaAsm.Emit(FirstLayerTile.Declare);
        var g = t.Convolution;
        var thread = Group.IdxX;
        var firstChannel = Grid.IdxY * FirstLayerTile.Outputs;

        // Weights: vector v of a term's row is run v / 8 of the outputs of lane v % 8.
        for (var vector = thread; vector < Terms * (FirstLayerTile.Outputs / Vector); vector += Threads)
        {
            var term = vector / (FirstLayerTile.Outputs / Vector);
            var place = vector % (FirstLayerTile.Outputs / Vector);
            var column = firstChannel + ChannelOf<TEnd>(place % Lanes, place / Lanes);
            CudaAsm.Emit(
                FirstLayerTile.StageWeights, vector * (Vector * sizeof(float)), filter + ((((long)term * g.OutputChannels) + column) * sizeof(float)),
                column < g.OutputChannels ? 1 : 0);
        }

        // The thread's outputs, and its positions in a tile.
        var lane = thread % Lanes;
        var channel = firstChannel + ChannelOf<TEnd>(lane, 0);
        var secondChannel = firstChannel + ChannelOf<TEnd>(lane, 1);
        CudaAsm.Emit(
            FirstLayerTile.LoadBias, bias + ((long)channel * sizeof(float)), bias + ((long)secondChannel * sizeof(float)),
            channel < g.OutputChannels ? 1 : 0, secondChannel < g.OutputChannels ? 1 : 0);
        var threadRow = thread / Lanes / Strips * FirstLayerTile.ThreadRows;
        var threadColumn = thread / Lanes % Strips * FirstLayerTile.ThreadColumns;
        var pixels = (threadRow * FirstLayerTile.InputRowBytes) + (threadColumn * (FirstLayerGeometry.Channels * sizeof(float)));

        var tile = Grid.IdxX;
        var first = t.PositionOf(tile);
        Fetch(t, input, first, isPresent: true);
        Stage(0);
        Group.Barrier();
        var buffer = 0;
        for (; tile < t.Tiles; tile += Grid.DimX)
        {
            var next = t.PositionOf(tile + Grid.DimX);
            Fetch(t, input, next, tile + Grid.DimX < t.Tiles);
            CudaAsm.Emit(FirstLayerTile.Multiply, buffer + pixels, lane * (Vector * sizeof(float)));
            buffer = FirstLayerTile.BufferBytes - buffer;
            Stage(buffer);
            var end = FirstLayerPlace.Of(t, output, TEnd.ValueBytes, first.Moved(threadRow, threadColumn), channel);
            if (t.Pooled != 0)
            {
                TEnd.FinishPooled(end);
            }
            else
            {
                TEnd.Finish(end);
            }

            first = next;
            Group.Barrier();
        }
    }

    /// <summary>The first output of a lane's run of 4: its 8 are adjacent, or two runs half of the tile apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ChannelOf<TEnd>(int lane, int half)
        where TEnd : struct, IFirstLayerEnd => TEnd.Run == Vector ? (lane * Vector) + (half * (FirstLayerTile.Outputs / 2)) : (lane * (2 * Vector)) + (half * Vector);

    /// <summary>Loads a value of each row of a tile into registers, zeros for what lies outside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(FirstLayerGeometry t, long input, FirstLayerPosition first, bool isPresent)
    {
        if (Group.IdxX < FirstLayerTile.InputFloats)
        {
            var pixels = FirstLayerPixels.Of(t, input, first, isPresent, Group.IdxX);
            CudaAsm.Emit(FirstLayerTile.Fetch, pixels.First, pixels.Pitch, pixels.Row, pixels.Rows);
        }
    }

    /// <summary>Stores what was fetched.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Stage(int buffer)
    {
        if (Group.IdxX < FirstLayerTile.InputFloats)
        {
            CudaAsm.Emit(FirstLayerTile.Stage, buffer + (Group.IdxX * sizeof(float)));
        }
    }
}
