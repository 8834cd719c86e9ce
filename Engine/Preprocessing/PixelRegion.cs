using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Images;

namespace Gpu.Engine.Preprocessing;

/// <summary>
/// The pixels of a picture that an input is made of, for a device that makes it: a rectangle or, where a picture is scaled down to less
/// than half, the two rows and columns that each of the input's lies between. They are never more bytes than the input.
/// </summary>
internal sealed class PixelRegion
{
    private const int Channels = SampledPixels.Channels;

    private readonly RgbImage image;
    private readonly Side rows;
    private readonly Side columns;

    private PixelRegion(RgbImage image, Side rows, Side columns) => (this.image, this.rows, this.columns) = (image, rows, columns);

    private int Pitch => columns.Count * Channels;

    private int Bytes => checked(rows.Count * Pitch);

    /// <summary>Whether the region is all of some adjacent rows of the picture.</summary>
    private bool IsInPlace => rows.IsRange && columns.Count == image.Width;

    /// <summary>What <see cref="NetworkInput.Crop"/> makes an input of.</summary>
    public static PixelRegion Crop(RgbImage image, PreprocessingOptions options)
    {
        var (rows, columns) = NetworkInput.CropPositions(image, options);
        return new PixelRegion(image, new Side(rows), new Side(columns));
    }

    /// <summary>What <see cref="NetworkInput.Window"/> makes an input of.</summary>
    /// <exception cref="ArgumentException">The rectangle lies outside the picture.</exception>
    public static PixelRegion Window(RgbImage image, int top, int left, int height, int width)
    {
        NetworkInput.CheckWindow(image, top, left, height, width);
        return new PixelRegion(image, Side.Of(top, height), Side.Of(left, width));
    }

    /// <summary>Gathers the pixels of pictures; those of a single one that is wanted as it is stay where they are.</summary>
    /// <param name="input">Shape of the input: as many pictures, and as large as their regions are for.</param>
    /// <param name="regions">A region of each picture.</param>
    /// <param name="parallel">How many threads gather.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static SampledPixels Gather(Shape input, IReadOnlyList<PixelRegion> regions, ParallelOptions parallel)
    {
        var positions = new SamplePosition[input.Batch * (input.Height + input.Width)];
        if (regions is [{ IsInPlace: true } whole])
        {
            whole.Place(input, 0, 0, positions);
            return new SampledPixels(input, whole.image.Pixels.Slice(whole.rows.First * whole.Pitch, whole.Bytes), positions);
        }

        var offsets = new int[regions.Count + 1];
        for (var i = 0; i < regions.Count; i++)
        {
            offsets[i + 1] = checked(offsets[i] + regions[i].Bytes);
        }

        var gathered = GC.AllocateUninitializedArray<byte>(offsets[^1]);
        Parallel.For(0, regions.Count, parallel, i =>
        {
            regions[i].Place(input, i, offsets[i], positions);
            regions[i].CopyTo(gathered.AsSpan(offsets[i], regions[i].Bytes));
        });
        return new SampledPixels(input, gathered, positions);
    }

    /// <summary>Writes the positions of the picture's rows and columns, whose pixels begin at an offset.</summary>
    private void Place(Shape input, int picture, int offset, SamplePosition[] positions)
    {
        rows.Place(offset, Pitch, positions.AsSpan(picture * input.Height, input.Height));
        columns.Place(0, Channels, positions.AsSpan((input.Batch * input.Height) + (picture * input.Width), input.Width));
    }

    private void CopyTo(Span<byte> destination)
    {
        var stride = image.Width * Channels;
        for (var r = 0; r < rows.Count; r++)
        {
            var source = image.Pixels.Span.Slice(rows.Source(r) * stride, stride);
            var row = destination.Slice(r * Pitch, Pitch);
            if (columns.IsRange)
            {
                source.Slice(columns.First * Channels, Pitch).CopyTo(row);
                continue;
            }

            for (var c = 0; c < columns.Count; c++)
            {
                var (from, to) = (columns.Source(c) * Channels, c * Channels);
                (row[to], row[to + 1], row[to + 2]) = (source[from], source[from + 1], source[from + 2]);
            }
        }
    }

    /// <summary>The pixels along one side: all from the first to the last, or only the two of each position where those are fewer.</summary>
    private readonly struct Side(SamplePosition[] positions)
    {
        public int First => positions[0].Lower;

        public bool IsRange => Range <= 2 * positions.Length;

        public int Count => Math.Min(Range, 2 * positions.Length);

        private int Range => positions[^1].Upper - First + 1;

        /// <summary>Pixels as they are.</summary>
        public static Side Of(int first, int length) => new([.. Enumerable.Range(first, length).Select(i => new SamplePosition(i, i, 0))]);

        /// <summary>Which row or column of the picture is gathered at a place.</summary>
        public int Source(int place) => IsRange ? First + place : place % 2 == 0 ? positions[place / 2].Lower : positions[place / 2].Upper;

        /// <summary>Writes the positions among the gathered pixels.</summary>
        public void Place(int offset, int pitch, Span<SamplePosition> destination)
        {
            for (var i = 0; i < positions.Length; i++)
            {
                var (lower, upper) = IsRange ? (positions[i].Lower - First, positions[i].Upper - First) : (2 * i, (2 * i) + 1);
                destination[i] = new SamplePosition(offset + (lower * pitch), offset + (upper * pitch), positions[i].Fraction);
            }
        }
    }
}
