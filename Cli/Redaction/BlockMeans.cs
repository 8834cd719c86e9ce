using Gpu.Loader.Images;
using SkiaSharp;

namespace Gpu.Cli.Redaction;

/// <summary>The mean colours of square blocks of a part of a picture; the blocks at its right and lower edge may be smaller.</summary>
internal sealed class BlockMeans
{
    private const int Channels = 3;

    private readonly SKRectI area;
    private readonly int side;
    private readonly int rows;
    private readonly int columns;
    private readonly float[] means;

    /// <summary>Takes the means.</summary>
    /// <param name="photo">The picture.</param>
    /// <param name="area">Its part.</param>
    /// <param name="side">Side of a block in pixels.</param>
    public BlockMeans(RgbImage photo, SKRectI area, int side)
    {
        this.area = area;
        this.side = side;
        (rows, columns) = ((area.Height + side - 1) / side, (area.Width + side - 1) / side);
        means = new float[rows * columns * Channels];
        var source = photo.Pixels.Span;
        var (sums, counts) = (new long[means.Length], new int[rows * columns]);
        for (var y = area.Top; y < area.Bottom; y++)
        {
            for (var x = area.Left; x < area.Right; x++)
            {
                var block = ((y - area.Top) / side * columns) + ((x - area.Left) / side);
                var pixel = ((y * photo.Width) + x) * Channels;
                counts[block]++;
                for (var channel = 0; channel < Channels; channel++)
                {
                    sums[(block * Channels) + channel] += source[pixel + channel];
                }
            }
        }

        for (var index = 0; index < means.Length; index++)
        {
            means[index] = (float)sums[index] / counts[index / Channels];
        }
    }

    /// <summary>The mean of the block of a pixel.</summary>
    public void At(int x, int y, Span<float> colour) => Block((y - area.Top) / side, (x - area.Left) / side).CopyTo(colour);

    /// <summary>Means between the blocks' centres: the quadratic B-spline through the grid, which has no edges.</summary>
    public void Smooth(int x, int y, Span<float> colour)
    {
        var (row, column) = ((y - area.Top + 0.5f) / side, (x - area.Left + 0.5f) / side);
        colour.Clear();
        for (var down = -1; down <= 1; down++)
        {
            var vertical = Weight(row - MathF.Floor(row), down);
            for (var right = -1; right <= 1; right++)
            {
                var weight = vertical * Weight(column - MathF.Floor(column), right);
                var block = Block(Math.Clamp((int)row + down, 0, rows - 1), Math.Clamp((int)column + right, 0, columns - 1));
                for (var channel = 0; channel < Channels; channel++)
                {
                    colour[channel] += weight * block[channel];
                }
            }
        }
    }

    /// <summary>Weight of the block before, at or behind the one that a point lies in.</summary>
    /// <param name="place">Where the point lies in its block, 0 to 1.</param>
    /// <param name="block">-1, 0 or 1.</param>
    private static float Weight(float place, int block) => block switch
    {
        -1 => 0.5f * (1 - place) * (1 - place),
        0 => 0.75f - ((place - 0.5f) * (place - 0.5f)),
        _ => 0.5f * place * place,
    };

    private ReadOnlySpan<float> Block(int row, int column) => means.AsSpan(((row * columns) + column) * Channels, Channels);
}
