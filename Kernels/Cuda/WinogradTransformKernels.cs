// The three transforms of Winograd's F(4x4, 3x3), between which stand 36 products of matrices, one for each element of a transformed tile:
//   input   elements[e][t][c] = (B^T d B)[e], d the 6x6 pixels of tile t and channel c, zeros outside the picture
//   filter  weights[e][c][o]  = (G g G^T)[e], g the 3x3 weights of channel c and output o; once, when a network is loaded
//   output  out = relu(A^T m A + bias), m the 36 products of tile t and output o, 4x4 of out, or 2x2 where a max pool follows
// Pictures are NHWC, the filter is HWIO, all aligned to 16 bytes; channels and outputs are multiples of 4. e is 6 * row + column.
// Launch: groups of 128 threads, each thread four channels of a tile (of the filter: four outputs of a channel), channels fastest, so that
// neighbours read and write side by side. All 36 vectors of a thread stay in registers.
// Bound by the bytes. Per tile and channel the input transform reads 16 values, those of the border again from the caches, and writes 36; the output
// transform reads 36 and writes 16 or 4. Registers stand in Tests/Data/ptxas.tsv. Measured on an H200 as a part of the convolution.
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Gpu.Kernels.Cuda;

/// <summary>The transforms of <see cref="WinogradConvolution"/>.</summary>
internal static class WinogradTransformKernels
{
    /// <summary>Threads of a group.</summary>
    public const int Threads = 128;

    private const int Groups = 2;
    private const int VectorBytes = WinogradTransform.Vector * sizeof(float);

    /// <summary>Groups of a transform, a thread for each four values.</summary>
    public static KernelConfig GridFor(long values)
    {
        const int valuesPerGroup = WinogradTransform.Vector * Threads;
        return new KernelConfig(checked((int)((values + valuesPerGroup - 1) / valuesPerGroup)), Threads);
    }

    [LaunchBounds(Threads, Groups)]
    internal static void InputKernel(long input, long elements, WinogradSlab s)
    {
        var g = s.Convolution;
        var index = (Grid.IdxX * Threads) + Group.IdxX;
        var vectors = g.InputChannels / WinogradTransform.Vector;
        var tile = index / vectors;
        if (tile < s.Tiles)
        {
            var place = s.PlaceOf(tile);
            var row = (place.Row * WinogradTransform.Tile) - g.PadTop;
            var column = (place.Column * WinogradTransform.Tile) - g.PadLeft;
            var pixelBytes = (long)g.InputChannels * sizeof(float);
            CudaAsm.Emit(
                WinogradTransform.Input,
                input + ((((((long)place.Image * g.Height) + row) * g.Width) + column) * pixelBytes) + ((index - (tile * vectors)) * VectorBytes),
                g.Width * pixelBytes,
                pixelBytes,
                row,
                g.Height,
                column,
                g.Width,
                elements + ((long)index * VectorBytes),
                s.Tiles * pixelBytes);
        }
    }

    [LaunchBounds(Threads, Groups)]
    internal static void FilterKernel(long filter, long weights, int vectors)
    {
        var index = (Grid.IdxX * Threads) + Group.IdxX;
        if (index < vectors)
        {
            var offset = (long)index * VectorBytes;
            CudaAsm.Emit(WinogradTransform.Filter, filter + offset, (long)vectors * VectorBytes, weights + offset, (long)vectors * VectorBytes);
        }
    }

    [LaunchBounds(Threads, Groups)]
    internal static void OutputKernel(long products, long bias, long output, WinogradSlab s)
    {
        var g = s.Convolution;
        var index = (Grid.IdxX * Threads) + Group.IdxX;
        var vectors = g.OutputChannels / WinogradTransform.Vector;
        var tile = index / vectors;
        if (tile < s.Tiles)
        {
            var place = s.PlaceOf(tile);
            var row = place.Row * s.OutputStep;
            var column = place.Column * s.OutputStep;
            var positionBytes = (long)g.OutputChannels * sizeof(float);
            var channel = (index - (tile * vectors)) * VectorBytes;
            var first = products + ((long)index * VectorBytes);
            var element = s.Tiles * positionBytes;
            var biases = bias + channel;
            var to = output + ((((((long)place.Image * g.OutputHeight) + row) * g.OutputWidth) + column) * positionBytes) + channel;
            var least = g.Relu != 0 ? 0f : float.NegativeInfinity;
            if (s.Pooled != 0)
            {
                CudaAsm.Emit(
                    WinogradTransform.PooledOutput, first, element, biases, to, g.OutputWidth * positionBytes, positionBytes,
                    g.OutputHeight - row, g.OutputWidth - column, least);
            }
            else
            {
                CudaAsm.Emit(
                    WinogradTransform.Output, first, element, biases, to, g.OutputWidth * positionBytes, positionBytes,
                    g.OutputHeight - row, g.OutputWidth - column, least);
            }
        }
    }
}
