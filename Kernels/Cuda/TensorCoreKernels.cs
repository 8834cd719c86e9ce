// out = relu(im2col(in) x filter + bias) on tensor cores, with a max pool if one follows: rounded factors, float32 sums.
// in is (N, H, W, C) and filter (KH*KW*C, O) in float16 or bfloat16, or in tensor floats of 32 bits, once or as the sum of two, a vector of
// 16 bytes of the second after each of the first; C and O are multiples of a vector; out is (N*OH*OW, O) in float32 or as in is, bias (O)
// in float32; all dense row-major, aligned to 16 bytes.
// Launch: groups of 128 threads, each group a tile of 128 rows (positions, see TileGeometry) x 128 or 64 outputs and a slice of the depth; of its 2x2
// warps each has 64 rows x half of the outputs, as 4 x 8 or 4 x 4 products of 16x8 sums in named registers.
// The depth is walked tap by tap, 64 bytes of channels at a time, through three stages of shared memory (two where values have two
// parts), all but one under way while that is multiplied: left [128 rows][64 bytes], right [channels][outputs]. Asynchronous copies of
// 16 bytes fill them, with zeros for what lies outside. Vector v of left's row r is kept at v ^ (r / 2 % 4), of right's at v ^ (r % 8)
// for halves and v ^ (2 * (r % 4)) for floats, so that what a warp reads at once lies in different banks.
// 36 to 48 KiB of shared memory, 128 or 64 sums a thread. Per step and warp 64 or 32 mma for halves and floats, 96 for floats in two parts.
// 64 or 44 flops of halves for each byte from the second-level cache, half as many of floats: the bytes bound it on the fastest
// devices. Registers stand in Tests/Data/ptxas.tsv. Measured on an H100 at batch 64: 300 to
// 340 TFLOP/s of halves from conv3 to conv4.
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

    /// <summary>Bytes of a copy: channels of inputs and outputs are multiples of it.</summary>
    public const int VectorBytes = 16;

    private const int TileRows = 128;
    private const int LeftRowBytes = 64;
    private const int LeftVectors = LeftRowBytes / VectorBytes;
    private const int LeftBytes = TileRows * LeftRowBytes;
    private const int LeftRowsPerPass = Threads / LeftVectors;

    /// <summary>The shape of a tile: rows 8 apart of a warp are one thread's.</summary>
    public static TileShape ShapeOf<TTile>()
        where TTile : struct, ITensorCoreTile => new(Threads, TileRows, TTile.Outputs, LeftRowBytes / TTile.FactorBytes, Interleave: 8);

    /// <summary>Float16, tiles of 128 outputs.</summary>
    [LaunchBounds(Threads, 2, Capability = 80)]
    internal static void WideFloat16Kernel(long input, long filter, long bias, long output, TileGeometry t) => Compute<WideFloat16Tile>(input, filter, bias, output, t);

    /// <summary>Float16, tiles of 64 outputs.</summary>
    [LaunchBounds(Threads, 3, Capability = 80)]
    internal static void NarrowFloat16Kernel(long input, long filter, long bias, long output, TileGeometry t) => Compute<NarrowFloat16Tile>(input, filter, bias, output, t);

    /// <summary>Bfloat16, tiles of 128 outputs.</summary>
    [LaunchBounds(Threads, 2, Capability = 80)]
    internal static void WideBFloat16Kernel(long input, long filter, long bias, long output, TileGeometry t) => Compute<WideBFloat16Tile>(input, filter, bias, output, t);

    /// <summary>Bfloat16, tiles of 64 outputs.</summary>
    [LaunchBounds(Threads, 3, Capability = 80)]
    internal static void NarrowBFloat16Kernel(long input, long filter, long bias, long output, TileGeometry t) => Compute<NarrowBFloat16Tile>(input, filter, bias, output, t);

    /// <summary>Tensor floats, tiles of 128 outputs.</summary>
    [LaunchBounds(Threads, 2, Capability = 80)]
    internal static void WideTensorFloat32Kernel(long input, long filter, long bias, long output, TileGeometry t) => Compute<WideTensorFloat32Tile>(input, filter, bias, output, t);

    /// <summary>Tensor floats, tiles of 64 outputs.</summary>
    [LaunchBounds(Threads, 3, Capability = 80)]
    internal static void NarrowTensorFloat32Kernel(long input, long filter, long bias, long output, TileGeometry t) =>
        Compute<NarrowTensorFloat32Tile>(input, filter, bias, output, t);

    /// <summary>Sums of two tensor floats, tiles of 64 outputs.</summary>
    [LaunchBounds(Threads, 2, Capability = 80)]
    internal static void NarrowTensorFloat32x3Kernel(long input, long filter, long bias, long output, TileGeometry t) =>
        Compute<NarrowTensorFloat32x3Tile>(input, filter, bias, output, t);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Compute<TTile>(long input, long filter, long bias, long output, TileGeometry t)
        where TTile : struct, ITensorCoreTile
    {
        TTile.Declare();
        var g = t.Convolution;
        var thread = Group.IdxX;
        var firstRow = Grid.IdxX * TileRows;
        var firstChannel = Grid.IdxY * TTile.Outputs;
        var vector = VectorBytes / TTile.FactorBytes;
        var stepChannels = LeftRowBytes / TTile.FactorBytes;
        var valueBytes = TTile.FactorBytes * TTile.Parts;
        var rightRowBytes = TTile.Outputs * TTile.FactorBytes;
        var stageBytes = TTile.Parts * (LeftBytes + (stepChannels * rightRowBytes));

        // What the thread copies of the left matrix: one vector of channels of every 32nd row.
        var leftRow = thread / LeftVectors;
        var leftChannel = thread % LeftVectors * vector;
        var leftPlace = (leftRow * LeftRowBytes) + (((thread % LeftVectors) ^ (leftRow / 2 % 4)) * VectorBytes);
        var window0 = TapWindow.Of(t, firstRow + leftRow);
        var window1 = TapWindow.Of(t, firstRow + leftRow + LeftRowsPerPass);
        var window2 = TapWindow.Of(t, firstRow + leftRow + (2 * LeftRowsPerPass));
        var window3 = TapWindow.Of(t, firstRow + leftRow + (3 * LeftRowsPerPass));

        // And of the right: one vector of outputs of every 4th, 8th or 16th channel.
        var rightVectors = rightRowBytes / VectorBytes;
        var rightRow = thread / rightVectors;
        var rightColumn = firstChannel + (thread % rightVectors * vector);
        var rightPlace = LeftBytes + (rightRow * rightRowBytes) + (((thread % rightVectors) ^ RightSwizzle<TTile>(rightRow)) * VectorBytes);
        var rightRows = rightColumn < g.OutputChannels ? g.InputChannels - rightRow : 0;
        var weights = filter + ((((long)rightRow * g.OutputChannels) + rightColumn) * valueBytes);

        // The vectors of left that it names to ldmatrix: of row lane % 16, the first or second 16 bytes.
        var lane = thread % 32;
        var warpRow = thread / 32 % 2 * (TileRows / 2);
        var warpColumn = thread / 64 * (TTile.Outputs / 2);
        var rows = ((warpRow + (lane % 16)) * LeftRowBytes) + (((lane / 16) ^ (lane % 16 / 2 % 4)) * VectorBytes);
        var columns = LeftBytes + RightPlace<TTile>(lane, warpColumn);

        var steps = DepthCursor.Steps(t, stepChannels);
        var cursor = DepthCursor.Begin(t, stepChannels);
        var inside0 = window0.Contains(g, cursor);
        var inside1 = window1.Contains(g, cursor);
        var inside2 = window2.Contains(g, cursor);
        var inside3 = window3.Contains(g, cursor);
        var write = 0;
        var read = 0;
        for (var step = 1 - TTile.Stages; step < steps; step++)
        {
            if (step >= 0)
            {
                TTile.Wait();
                Group.Barrier();
            }

            if (step + TTile.Stages - 1 < steps)
            {
                var offset = cursor.InputOffset(g.Width, g.InputChannels) + leftChannel;
                var bytes = cursor.Channel + leftChannel < g.InputChannels ? VectorBytes : 0;
                CopyLeft<TTile>(write + leftPlace, input, window0.Origin + offset, inside0 * bytes);
                CopyLeft<TTile>(write + leftPlace + (LeftRowsPerPass * LeftRowBytes), input, window1.Origin + offset, inside1 * bytes);
                CopyLeft<TTile>(write + leftPlace + (2 * LeftRowsPerPass * LeftRowBytes), input, window2.Origin + offset, inside2 * bytes);
                CopyLeft<TTile>(write + leftPlace + (3 * LeftRowsPerPass * LeftRowBytes), input, window3.Origin + offset, inside3 * bytes);
                var filterRow = weights + ((long)cursor.FilterRow(g.KernelWidth, g.InputChannels) * g.OutputChannels * valueBytes);
                CopyRight<TTile>(write + rightPlace, filterRow, rightRows - cursor.Channel, g);
                write = write == (TTile.Stages - 1) * stageBytes ? 0 : write + stageBytes;
                cursor = cursor.NextStep(stepChannels);
                if (cursor.Channel >= g.InputChannels)
                {
                    cursor = cursor.NextTap(g.KernelWidth);
                    inside0 = window0.Contains(g, cursor);
                    inside1 = window1.Contains(g, cursor);
                    inside2 = window2.Contains(g, cursor);
                    inside3 = window3.Contains(g, cursor);
                }
            }

            CudaAsm.Emit("cp.async.commit_group;");
            if (step >= 0)
            {
                TTile.Multiply(read + rows, read + columns);
                read = read == (TTile.Stages - 1) * stageBytes ? 0 : read + stageBytes;
            }
        }

        var end = TileEnd.Of(t, bias, output, firstRow + warpRow + (lane / 4), firstChannel + warpColumn + (lane % 4 * 2), TTile.FactorBytes, TTile.Parts);
        if (end.Rounded)
        {
            if (end.Pooled)
            {
                TTile.FinishPooledRounded(end);
            }
            else
            {
                TTile.FinishRounded(end);
            }
        }
        else if (end.Pooled)
        {
            TTile.FinishPooled(end);
        }
        else
        {
            TTile.Finish(end);
        }
    }

    /// <summary>By what the vectors of a row of right are swizzled.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int RightSwizzle<TTile>(int row)
        where TTile : struct, ITensorCoreTile => TTile.FactorBytes == 2 ? row % 8 : row % 4 * 2;

    /// <summary>Of halves the vector that a lane names to ldmatrix: of row lane % 16, the first or second 8 columns; of floats its own factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int RightPlace<TTile>(int lane, int column)
        where TTile : struct, ITensorCoreTile
    {
        var rowBytes = TTile.Outputs * TTile.FactorBytes;
        return TTile.FactorBytes == 2
            ? (lane % 16 * rowBytes) + (((column / 8 + (lane / 16)) ^ (lane % 8)) * VectorBytes)
            : (lane % 4 * rowBytes) + ((column + (lane / 4)) ^ (lane % 4 * 8)) * sizeof(float);
    }

    /// <summary>Copies a vector of channels of one tap of a window.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyLeft<TTile>(int place, long input, int index, int bytes)
        where TTile : struct, ITensorCoreTile => TTile.Copy(place, input + ((long)index * (TTile.FactorBytes * TTile.Parts)), bytes);

    /// <summary>Copies every 4th, 8th or 16th row of weights, as many as the threads leave.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyRight<TTile>(int place, long weights, int rows, ConvolutionGeometry g)
        where TTile : struct, ITensorCoreTile
    {
        var rowBytes = TTile.Outputs * TTile.FactorBytes;
        for (var row = 0; row < LeftRowBytes / TTile.FactorBytes; row += Threads * VectorBytes / rowBytes)
        {
            TTile.Copy(place + (row * rowBytes), weights + ((long)row * g.OutputChannels * (TTile.FactorBytes * TTile.Parts)), (row < rows ? 1 : 0) * VectorBytes);
        }
    }
}
