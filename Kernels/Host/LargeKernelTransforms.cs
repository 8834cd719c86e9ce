using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gpu.Kernels.Host;

/// <summary>
/// The transforms of Winograd's F(2x2, 7x7), <c>Y = A'[(G g G') * (B' d B)]A</c> (Lavin and Gray, 2016, "Fast Algorithms for
/// Convolutional Neural Networks", section 4; Winograd, 1980): a kernel g of 7x7 and a tile d of 8x8 inputs, both taken to 8x8 points and
/// multiplied there, give 2x2 outputs. In each direction the points are 0, 1, -1, 2, -2, 1/2, -1/2 and infinity; the terms of even
/// and of odd degree are shared by a point and its negative. A vector holds neighbouring outputs (kernel, sums) or inputs (tile).
/// </summary>
internal static unsafe class LargeKernelTransforms
{
    /// <summary>Rows and columns of a kernel.</summary>
    public const int Kernel = 7;

    /// <summary>Rows and columns of the outputs of a tile.</summary>
    public const int Outputs = 2;

    /// <summary>Rows and columns of a tile: points in each direction.</summary>
    public const int Points = 8;

    private const int MaximumVectorLength = 16;

    /// <summary><c>G g G'</c> of a vector of kernels.</summary>
    /// <param name="kernel">The kernels' values; position [i, j] at (7 i + j) * kernelPosition.</param>
    /// <param name="kernelPosition">Floats from one position to the next.</param>
    /// <param name="points">Receives point [i, j] at (8 i + j) * point.</param>
    /// <param name="point">Floats from one point to the next.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void TransformKernel<TVectors, TVector>(float* kernel, nint kernelPosition, float* points, nint point)
        where TVectors : IVectors<TVector>
    {
        var columns = stackalloc float[Points * Kernel * MaximumVectorLength];
        for (var j = 0; j < Kernel; j++)
        {
            KernelLine<TVectors, TVector>(kernel + (j * kernelPosition), Kernel * kernelPosition, columns + (j * TVectors.Count), Kernel * TVectors.Count);
        }

        for (var i = 0; i < Points; i++)
        {
            KernelLine<TVectors, TVector>(columns + (i * Kernel * TVectors.Count), TVectors.Count, points + (i * Points * point), point);
        }
    }

    /// <summary><c>B' d B</c> of a vector of channels.</summary>
    /// <param name="tile">The tile's values, [8][8] pixels.</param>
    /// <param name="pixel">Floats from one pixel to the next.</param>
    /// <param name="points">Receives point [i, j] at (8 i + j) * point.</param>
    /// <param name="point">Floats from one point to the next.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void TransformTile<TVectors, TVector>(float* tile, nint pixel, float* points, nint point)
        where TVectors : IVectors<TVector>
    {
        var columns = stackalloc float[Points * Points * MaximumVectorLength];
        for (var j = 0; j < Points; j++)
        {
            TileLine<TVectors, TVector>(tile + (j * pixel), Points * pixel, columns + (j * TVectors.Count), Points * TVectors.Count);
        }

        for (var i = 0; i < Points; i++)
        {
            TileLine<TVectors, TVector>(columns + (i * Points * TVectors.Count), TVectors.Count, points + (i * Points * point), point);
        }
    }

    /// <summary><c>A' m A</c> of a vector of outputs, with bias and ReLU.</summary>
    /// <param name="points">Products; point [i, j] at (8 i + j) * point.</param>
    /// <param name="point">Floats from one point to the next.</param>
    /// <param name="bias">A vector of biases.</param>
    /// <param name="relu">Whether negative outputs become zero.</param>
    /// <param name="outputs">Receives 2x2 vectors, one after the other.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void TransformSums<TVectors, TVector>(float* points, nint point, float* bias, bool relu, float* outputs)
        where TVectors : IVectors<TVector>
    {
        var rows = stackalloc float[Outputs * Points * MaximumVectorLength];
        for (var j = 0; j < Points; j++)
        {
            SumsLine<TVectors, TVector>(points + (j * point), Points * point, rows + (j * TVectors.Count), Points * TVectors.Count);
        }

        for (var i = 0; i < Outputs; i++)
        {
            SumsLine<TVectors, TVector>(
                rows + (i * Points * TVectors.Count), TVectors.Count, outputs + (i * Outputs * TVectors.Count), TVectors.Count);
        }

        for (var i = 0; i < Outputs * Outputs; i++)
        {
            var value = TVectors.Add(TVectors.Load(outputs + (i * TVectors.Count)), TVectors.Load(bias));
            TVectors.Store(relu ? TVectors.Max(TVectors.Zero, value) : value, outputs + (i * TVectors.Count));
        }
    }

    /// <summary>G: 7 values to 8 points.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    private static void KernelLine<TVectors, TVector>(float* source, nint step, float* points, nint point)
        where TVectors : IVectors<TVector>
    {
        var (g0, g1, g2, g3) = (TVectors.Load(source), TVectors.Load(source + step), TVectors.Load(source + (2 * step)), TVectors.Load(source + (3 * step)));
        var (g4, g5, g6) = (TVectors.Load(source + (4 * step)), TVectors.Load(source + (5 * step)), TVectors.Load(source + (6 * step)));
        TVectors.Store(g0, points);
        TVectors.Store(g6, points + (7 * point));
        StorePair<TVectors, TVector>(
            Weigh<TVectors, TVector>(g0, -2f / 9, g2, -2f / 9, g4, -2f / 9, g6, -2f / 9),
            Weigh<TVectors, TVector>(g1, -2f / 9, g3, -2f / 9, g5, -2f / 9),
            points + point, point);
        StorePair<TVectors, TVector>(
            Weigh<TVectors, TVector>(g0, 1f / 90, g2, 4f / 90, g4, 16f / 90, g6, 64f / 90),
            Weigh<TVectors, TVector>(g1, 2f / 90, g3, 8f / 90, g5, 32f / 90),
            points + (3 * point), point);
        StorePair<TVectors, TVector>(
            Weigh<TVectors, TVector>(g0, 32f / 45, g2, 8f / 45, g4, 2f / 45, g6, 0.5f / 45),
            Weigh<TVectors, TVector>(g1, 16f / 45, g3, 4f / 45, g5, 1f / 45),
            points + (5 * point), point);
    }

    /// <summary>B': 8 values to 8 points.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    private static void TileLine<TVectors, TVector>(float* source, nint step, float* points, nint point)
        where TVectors : IVectors<TVector>
    {
        var (d0, d1, d2, d3) = (TVectors.Load(source), TVectors.Load(source + step), TVectors.Load(source + (2 * step)), TVectors.Load(source + (3 * step)));
        var (d4, d5, d6, d7) = (
            TVectors.Load(source + (4 * step)), TVectors.Load(source + (5 * step)), TVectors.Load(source + (6 * step)), TVectors.Load(source + (7 * step)));
        TVectors.Store(Weigh<TVectors, TVector>(d0, 1, d2, -5.25f, d4, 5.25f, d6, -1), points);
        TVectors.Store(Weigh<TVectors, TVector>(d7, 1, d5, -5.25f, d3, 5.25f, d1, -1), points + (7 * point));
        StorePair<TVectors, TVector>(
            Weigh<TVectors, TVector>(d2, 1, d4, -4.25f, d6, 1), Weigh<TVectors, TVector>(d1, 1, d3, -4.25f, d5, 1), points + point, point);
        StorePair<TVectors, TVector>(
            Weigh<TVectors, TVector>(d2, 0.25f, d4, -1.25f, d6, 1), Weigh<TVectors, TVector>(d1, 0.5f, d3, -2.5f, d5, 2), points + (3 * point), point);
        StorePair<TVectors, TVector>(
            Weigh<TVectors, TVector>(d2, 4, d4, -5, d6, 1), Weigh<TVectors, TVector>(d1, 2, d3, -2.5f, d5, 0.5f), points + (5 * point), point);
    }

    /// <summary>A': 8 points to 2 values.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    private static void SumsLine<TVectors, TVector>(float* source, nint step, float* values, nint value)
        where TVectors : IVectors<TVector>
    {
        var (m1, m2, m3) = (TVectors.Load(source + step), TVectors.Load(source + (2 * step)), TVectors.Load(source + (3 * step)));
        var (m4, m5, m6) = (TVectors.Load(source + (4 * step)), TVectors.Load(source + (5 * step)), TVectors.Load(source + (6 * step)));
        var even = TVectors.Add(TVectors.Add(TVectors.Add(m1, m2), TVectors.Add(m3, m4)), TVectors.Add(m5, m6));
        var odd = Weigh<TVectors, TVector>(
            Weigh<TVectors, TVector>(m1, 1, m2, -1, TVectors.Zero, 0), 1,
            Weigh<TVectors, TVector>(m3, 1, m4, -1, TVectors.Zero, 0), 2,
            Weigh<TVectors, TVector>(m5, 1, m6, -1, TVectors.Zero, 0), 0.5f);
        TVectors.Store(TVectors.Add(TVectors.Load(source), even), values);
        TVectors.Store(TVectors.Add(TVectors.Load(source + (7 * step)), odd), values + value);
    }

    /// <summary>Values at a point and at its negative, from the terms of even and of odd degree.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePair<TVectors, TVector>(TVector even, TVector odd, float* points, nint point)
        where TVectors : IVectors<TVector>
    {
        TVectors.Store(TVectors.Add(even, odd), points);
        TVectors.Store(TVectors.MultiplyAdd(odd, TVectors.Broadcast(-1), even), points + point);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Weigh<TVectors, TVector>(TVector a, float wa, TVector b, float wb, TVector c, float wc)
        where TVectors : IVectors<TVector> =>
        TVectors.MultiplyAdd(
            a, TVectors.Broadcast(wa), TVectors.MultiplyAdd(b, TVectors.Broadcast(wb), TVectors.MultiplyAdd(c, TVectors.Broadcast(wc), TVectors.Zero)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Weigh<TVectors, TVector>(TVector a, float wa, TVector b, float wb, TVector c, float wc, TVector d, float wd)
        where TVectors : IVectors<TVector> =>
        TVectors.MultiplyAdd(a, TVectors.Broadcast(wa), Weigh<TVectors, TVector>(b, wb, c, wc, d, wd));
}

/// <summary>The transforms of one instruction set; see <see cref="LargeKernelTransforms"/> for the arguments.</summary>
internal sealed unsafe class LargeKernelTransformTable
{
    private readonly delegate*<float*, nint, float*, nint, void> kernel;
    private readonly delegate*<float*, nint, float*, nint, void> tile;
    private readonly delegate*<float*, nint, float*, bool, float*, void> sums;

    private LargeKernelTransformTable(
        delegate*<float*, nint, float*, nint, void> kernel,
        delegate*<float*, nint, float*, nint, void> tile,
        delegate*<float*, nint, float*, bool, float*, void> sums)
    {
        this.kernel = kernel;
        this.tile = tile;
        this.sums = sums;
    }

    /// <summary>The table of an instruction set.</summary>
    public static LargeKernelTransformTable For(HostInstructionSet instructionSet) => instructionSet switch
    {
        HostInstructionSet.Avx512 => Create<Vectors512, Vector512<float>>(),
        HostInstructionSet.Avx2 => Create<Vectors256, Vector256<float>>(),
        _ => Create<Vectors128, Vector128<float>>(),
    };

    public void TransformKernel(float* values, nint position, float* points, nint point) => kernel(values, position, points, point);

    public void TransformTile(float* values, nint pixel, float* points, nint point) => tile(values, pixel, points, point);

    public void TransformSums(float* points, nint point, float* bias, bool relu, float* outputs) => sums(points, point, bias, relu, outputs);

    private static LargeKernelTransformTable Create<TVectors, TVector>()
        where TVectors : IVectors<TVector> => new(
        &LargeKernelTransforms.TransformKernel<TVectors, TVector>,
        &LargeKernelTransforms.TransformTile<TVectors, TVector>,
        &LargeKernelTransforms.TransformSums<TVectors, TVector>);
}
