using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;

namespace Gpu.Kernels.Cuda;

/// <summary>
/// What a tiled convolution's kernel is told beside addresses. Its matrix product has a row for each position of the convolution;
/// where a max pool follows, the four members of a window are <paramref name="Interleave"/> rows apart, so that one thread has them all:
/// of every 4 * Interleave rows, row Interleave * m + w is member m of window w. Windows are filled up to whole such blocks.
/// </summary>
/// <param name="Convolution">The convolution, its output sizes after the pool.</param>
/// <param name="Positions">Positions of the output: windows where there is a pool.</param>
/// <param name="Pooled">Whether a pool follows.</param>
/// <param name="Interleave">Windows side by side.</param>
/// <param name="StepsPerSlice">Steps of the depth that a group of threads does; others continue where it ends.</param>
/// <param name="Rounded">Whether outputs are stored as the kernel's factors, not as float32.</param>
internal readonly record struct TileGeometry(ConvolutionGeometry Convolution, int Positions, int Pooled, int Interleave, int StepsPerSlice, int Rounded = 0)
{
    /// <summary>Members of a pooling window.</summary>
    public const int Members = MaxPool.Size * MaxPool.Size;

    /// <summary>Rows of the product.</summary>
    public int Rows => Pooled == 0 ? Positions : (Positions + Interleave - 1) / Interleave * Interleave * Members;

    /// <summary>The position of the output that a row belongs to.</summary>
    public int PositionOf(int row) => Pooled == 0 ? row : (row / (Members * Interleave) * Interleave) + (row % Interleave);

    /// <summary>Which member of its window a row is.</summary>
    public int MemberOf(int row) => Pooled == 0 ? 0 : row / Interleave % Members;

    /// <summary>The first of a position's rows, the others being <see cref="Interleave"/> apart.</summary>
    public int RowOf(int position) => Pooled == 0 ? position : (position / Interleave * Interleave * Members) + (position % Interleave);
}
