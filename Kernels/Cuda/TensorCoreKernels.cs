// out = relu(im2col(in) x filter + bias) on tensor cores, for 3x3 kernels: float16 factors, float32 sums.
// in is (N, H, W, C) and filter (9*C, O) in float16, C and O multiples of 8; out is (N*OH*OW, O) and bias (O) in float32; all
// dense row-major, aligned to 16 bytes.
// Launch: groups of 128 threads, each group a tile of 128 positions x 128 or 64 outputs; of its 2x2 warps each has 64 positions x half of
// the outputs, as 4 x 8 or 4 x 4 products of 16x8 sums in named registers.
// The depth is walked tap by tap, 32 channels at a time, through three stages of shared memory, two of them under way while one is
// multiplied: left [128 positions][32 channels], right [32 channels][outputs]. Asynchronous copies of 16 bytes fill them, with zeros for
// what lies outside. So that the 8 rows that ldmatrix reads at once lie in different banks, vector v of left's row r is kept at
// v ^ (r / 2 % 4) and of right's row r at v ^ (r % 8).
// 48 or 36 KiB of shared memory, 128 or 64 sums a thread. Per step and warp 64 or 32 mma, 16 or 12 ldmatrix, 8 or 6 copies.
// 64 or 44 flops for each byte from the second-level cache, whose bytes bound it on the fastest devices. Registers stand in
// Tests/Data/ptxas.tsv. Not measured on a GPU yet: the interpreter of PTX in the tests runs it.
using System.Runtime.CompilerServices;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace Gpu.Kernels.Cuda;

/// <summary>The kernels of <see cref="TensorCoreConvolution"/>.</summary>
internal static class TensorCoreKernels
{
    /// <summary>Threads of a group.</summary>
    public const int Threads = 128;

    /// <summary>Output positions of a group.</summary>
    public const int TilePositions = WideTensorCoreTile.Positions;

    /// <summary>Output channels of a group of <see cref="WideKernel"/>.</summary>
    public const int WideTileOutputs = WideTensorCoreTile.Outputs;

    /// <summary>Output channels of a group of <see cref="NarrowKernel"/>.</summary>
    public const int NarrowTileOutputs = NarrowTensorCoreTile.Outputs;

    /// <summary>Channels of a copy of 16 bytes: those of inputs and outputs are multiples of it.</summary>
    public const int Vector = 8;

    private const int VectorBytes = 16;
    private const int HalfBytes = WideTensorCoreTile.HalfBytes;
    private const int TileDepth = WideTensorCoreTile.Depth;
    private const int LeftVectors = TileDepth / Vector;
    private const int LeftRowBytes = TileDepth * HalfBytes;
    private const int LeftBytes = TilePositions * LeftRowBytes;
    private const int LeftRowsPerPass = Threads / LeftVectors;
    private const int Stages = WideTensorCoreTile.Stages;
    private const int Taps = TapWindow.Side * TapWindow.Side;

    /// <summary>Tiles of 128 outputs.</summary>
    [LaunchBounds(Threads, 2, Capability = 80)]
    internal static void WideKernel(long input, long filter, long bias, long output, ConvolutionGeometry g, int positions) =>
        Compute(input, filter, bias, output, g, positions, WideTileOutputs);

    /// <summary>Tiles of 64 outputs.</summary>
    [LaunchBounds(Threads, 3, Capability = 80)]
    internal static void NarrowKernel(long input, long filter, long bias, long output, ConvolutionGeometry g, int positions) =>
        Compute(input, filter, bias, output, g, positions, NarrowTileOutputs);

    /// <summary>The kernel; the tile's outputs are a constant once this is inlined.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Compute(long input, long filter, long bias, long output, ConvolutionGeometry g, int positions, int tileOutputs)
    {
        Declare(tileOutputs);
        var thread = Group.IdxX;
        var firstPosition = Grid.IdxX * TilePositions;
        var firstChannel = Grid.IdxY * tileOutputs;
        var stageBytes = LeftBytes + (TileDepth * tileOutputs * HalfBytes);

        // What the thread copies of the left matrix: one vector of channels of every 32nd position.
        var leftRow = thread / LeftVectors;
        var leftChannel = thread % LeftVectors * Vector;
        var leftPlace = (leftRow * LeftRowBytes) + (((thread % LeftVectors) ^ (leftRow / 2 % 4)) * VectorBytes);
        var window0 = TapWindow.Of(g, firstPosition + leftRow, positions);
        var window1 = TapWindow.Of(g, firstPosition + leftRow + LeftRowsPerPass, positions);
        var window2 = TapWindow.Of(g, firstPosition + leftRow + (2 * LeftRowsPerPass), positions);
        var window3 = TapWindow.Of(g, firstPosition + leftRow + (3 * LeftRowsPerPass), positions);

        // And of the right: one vector of outputs of every 8th or 16th channel.
        var rightVectors = tileOutputs / Vector;
        var rightRow = thread / rightVectors;
        var rightColumn = firstChannel + (thread % rightVectors * Vector);
        var rightPlace = LeftBytes + (rightRow * tileOutputs * HalfBytes) + (((thread % rightVectors) ^ (rightRow % 8)) * VectorBytes);
        var rightRows = rightColumn < g.OutputChannels ? g.InputChannels - rightRow : 0;
        var weights = filter + ((((long)rightRow * g.OutputChannels) + rightColumn) * HalfBytes);

        // The vectors that it names to ldmatrix: of row lane % 16, the first or second 8 of 16 columns.
        var lane = thread % 32;
        var warpRow = thread / 32 % 2 * (TilePositions / 2);
        var warpColumn = thread / 64 * (tileOutputs / 2);
        var rows = ((warpRow + (lane % 16)) * LeftRowBytes) + (((lane / 16) ^ (lane % 16 / 2 % 4)) * VectorBytes);
        var columns = LeftBytes + (lane % 16 * tileOutputs * HalfBytes) + (((warpColumn / Vector + (lane / 16)) ^ (lane % 8)) * VectorBytes);

        var steps = Taps * ((g.InputChannels + TileDepth - 1) / TileDepth);
        var tap = 0;
        var channel = 0;
        var write = 0;
        var read = 0;
        for (var step = 1 - Stages; step < steps; step++)
        {
            if (step >= 0)
            {
                CudaAsm.Emit("cp.async.wait_group 1;");
                Group.Barrier();
            }

            if (tap < Taps)
            {
                var offset = TapWindow.OffsetOf(g, tap) + channel + leftChannel;
                var inside = channel + leftChannel < g.InputChannels ? 1 : 0;
                CopyLeft(write + leftPlace, input, window0, offset, tap, inside);
                CopyLeft(write + leftPlace + (LeftRowsPerPass * LeftRowBytes), input, window1, offset, tap, inside);
                CopyLeft(write + leftPlace + (2 * LeftRowsPerPass * LeftRowBytes), input, window2, offset, tap, inside);
                CopyLeft(write + leftPlace + (3 * LeftRowsPerPass * LeftRowBytes), input, window3, offset, tap, inside);
                CopyRight(write + rightPlace, weights + ((long)((tap * g.InputChannels) + channel) * g.OutputChannels * HalfBytes), rightRows - channel, g, tileOutputs);
                write = write == (Stages - 1) * stageBytes ? 0 : write + stageBytes;
                channel += TileDepth;
                if (channel >= g.InputChannels)
                {
                    channel = 0;
                    tap++;
                }
            }

            CudaAsm.Emit("cp.async.commit_group;");
            if (step >= 0)
            {
                Multiply(read + rows, read + columns, tileOutputs);
                read = read == (Stages - 1) * stageBytes ? 0 : read + stageBytes;
            }
        }

        var row = firstPosition + warpRow + (lane / 4);
        var column = firstChannel + warpColumn + (lane % 4 * 2);
        Finish(
            output + ((((long)row * g.OutputChannels) + column) * sizeof(float)), bias + ((long)column * sizeof(float)),
            (long)g.OutputChannels * sizeof(float), positions - row, g.OutputChannels - column, g.Relu != 0 ? 0f : float.NegativeInfinity, tileOutputs);
    }

    /// <summary>Copies a vector of channels of one tap of a window.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyLeft(int place, long input, TapWindow window, int offset, int tap, int inside) =>
        Copy(place, input + ((long)(window.Origin + offset) * HalfBytes), (window.Taps >> tap) & inside);

    /// <summary>Copies every 8th or 16th row of weights, as many as the threads leave.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyRight(int place, long weights, int rows, ConvolutionGeometry g, int tileOutputs)
    {
        var rowsPerPass = Threads * Vector / tileOutputs;
        for (var row = 0; row < TileDepth; row += rowsPerPass)
        {
            Copy(place + (row * tileOutputs * HalfBytes), weights + ((long)row * g.OutputChannels * HalfBytes), row < rows ? 1 : 0);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(int place, long source, int inside) => CudaAsm.Emit(WideTensorCoreTile.Copy, place, source, inside * VectorBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Declare(int tileOutputs)
    {
        if (tileOutputs == WideTileOutputs)
        {
            CudaAsm.Emit(WideTensorCoreTile.Declare);
        }
        else
        {
            CudaAsm.Emit(NarrowTensorCoreTile.Declare);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply(int rows, int columns, int tileOutputs)
    {
        if (tileOutputs == WideTileOutputs)
        {
            CudaAsm.Emit(WideTensorCoreTile.Multiply, rows, columns);
        }
        else
        {
            CudaAsm.Emit(NarrowTensorCoreTile.Multiply, rows, columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(long output, long bias, long pitch, int rows, int columns, float least, int tileOutputs)
    {
        if (tileOutputs == WideTileOutputs)
        {
            CudaAsm.Emit(WideTensorCoreTile.Finish, output, bias, pitch, rows, columns, least);
        }
        else
        {
            CudaAsm.Emit(NarrowTensorCoreTile.Finish, output, bias, pitch, rows, columns, least);
        }
    }
}
