using Gpu.Engine.Networks;

namespace Gpu.Engine.Plans;

/// <summary>
/// A stretch of one side of a picture that is run by itself, and the cells of the whole picture's map that it decides. Cells near
/// a cut see zeros where the picture goes on; a stretch therefore reaches beyond its own cells by all that the network sees
/// (<see cref="DenseGeometry.Context"/>), and the cells of that seam are left to its neighbour.
/// </summary>
/// <param name="FirstPixel">Where it begins.</param>
/// <param name="Pixels">Its length.</param>
/// <param name="SeamCells">Cells of its own map before those that it decides.</param>
/// <param name="FirstCell">The first cell of the whole map that it decides.</param>
/// <param name="Cells">How many.</param>
internal readonly record struct WindowSpan(int FirstPixel, int Pixels, int SeamCells, int FirstCell, int Cells)
{
    /// <summary>
    /// Stretches begin at multiples of this: the largest stride in front of a convolution, 16, times the least common multiple of
    /// the tiles of Winograd's algorithms, 4 and 6. So every tile of a stretch is one of the whole picture, with the same sums up to the last pool.
    /// </summary>
    public const int Alignment = 16 * 12;

    /// <summary>The shortest stretch that decides a cell between two cuts, whatever the alignment.</summary>
    public static int MinimumLength(DenseGeometry geometry) => Alignment + geometry.Stride + (2 * geometry.Context);

    /// <summary>Cuts a side into the fewest stretches of a greatest length, each of which but the last has that length.</summary>
    /// <param name="side">The picture's side in pixels, at least the geometry's shortest.</param>
    /// <param name="maximumLength">At least <see cref="MinimumLength"/>, or the side.</param>
    /// <param name="geometry">The network's.</param>
    public static IReadOnlyList<WindowSpan> Cut(int side, int maximumLength, DenseGeometry geometry)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(side, geometry.MinimumSide);
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumLength, Math.Min(side, MinimumLength(geometry)));
        var spans = new List<WindowSpan>();
        var cells = geometry.Cells(side);
        for (var first = 0; first < cells;)
        {
            // The pixel of the picture that the first cell's own square begins at, less all that the network sees before it.
            var start = Math.Max(0, (geometry.Offset + (geometry.Stride * first) - geometry.Context) / Alignment * Alignment);
            var length = Math.Min(maximumLength, side - start);
            var isLast = start + length == side;
            var end = isLast ? cells : (start + length - geometry.Context - geometry.Offset) / geometry.Stride;
            spans.Add(new WindowSpan(start, length, first - (start / geometry.Stride), first, end - first));
            first = end;
        }

        return spans;
    }
}
