using Gpu.Engine.Results;
using Gpu.Loader.Images;
using SkiaSharp;

namespace Gpu.Cli.Redaction;

/// <summary>
/// Makes parts of a picture unrecognisable, each connected region for itself: of its pixels nothing remains but the means of blocks
/// whose side is a share of the region's, so that what is lost cannot be computed back from the picture. Transitions fade out beyond the
/// region; within it, no pixel shines through.
/// </summary>
internal sealed class Redactor
{
    private const int Channels = 3;

    /// <summary>Smaller blocks than this leave too much of small regions.</summary>
    private const int LeastBlock = 8;

    private readonly RgbImage photo;
    private readonly RedactionStyle style;
    private readonly byte[] pixels;

    private Redactor(RgbImage photo, RedactionStyle style)
    {
        this.photo = photo;
        this.style = style;
        pixels = photo.Pixels.ToArray();
    }

    /// <summary>Redacts a picture.</summary>
    /// <param name="photo">The picture; it stays as it is.</param>
    /// <param name="isRedacted">For every pixel, row by row, 1 if it is not to be seen, else 0.</param>
    /// <param name="style">What takes the place of these pixels.</param>
    /// <returns>The redacted picture.</returns>
    /// <exception cref="ArgumentException">There is not one number for each pixel.</exception>
    public static RgbImage Redact(RgbImage photo, IReadOnlyList<int> isRedacted, RedactionStyle style)
    {
        if (isRedacted.Count != photo.Width * photo.Height)
        {
            throw new ArgumentException($"{isRedacted.Count} numbers are not one for each of {photo.Width}x{photo.Height} pixels.", nameof(isRedacted));
        }

        var redactor = new Redactor(photo, style);
        foreach (var region in ConnectedRegions.Find(isRedacted, photo.Width).Where(r => isRedacted[r[0]] == 1))
        {
            redactor.Cover(region);
        }

        return new RgbImage(photo.Width, photo.Height, redactor.pixels);
    }

    private void Cover(IReadOnlyList<int> region)
    {
        var width = photo.Width;
        var box = new SKRectI(
            region.Min(p => p % width), region.Min(p => p / width), region.Max(p => p % width) + 1, region.Max(p => p / width) + 1);
        var area = SKRectI.Intersect(SKRectI.Inflate(box, style.Feather, style.Feather), new SKRectI(0, 0, width, photo.Height));
        var opacity = SoftMask.Of(region.Select(p => ((p / width) - area.Top, (p % width) - area.Left)), area.Height, area.Width, style.Feather);
        var block = Math.Max(LeastBlock, (int)Math.Ceiling(style.Strength * Math.Min(box.Width, box.Height)));
        var blocks = new BlockMeans(photo, area, block);
        Span<float> colour = stackalloc float[Channels];
        for (var y = area.Top; y < area.Bottom; y++)
        {
            for (var x = area.Left; x < area.Right; x++)
            {
                var share = opacity[((y - area.Top) * area.Width) + x - area.Left];
                if (share > 0)
                {
                    Replacement(blocks, x, y, colour);
                    Mix(((y * width) + x) * Channels, colour, share);
                }
            }
        }
    }

    private void Replacement(BlockMeans blocks, int x, int y, Span<float> colour)
    {
        switch (style.Mode)
        {
            case RedactionMode.Blur:
                blocks.Smooth(x, y, colour);
                break;
            case RedactionMode.Pixelate:
                blocks.At(x, y, colour);
                break;
            default:
                colour.Clear();
                break;
        }
    }

    private void Mix(int pixel, ReadOnlySpan<float> colour, float share)
    {
        for (var channel = 0; channel < Channels; channel++)
        {
            ref var value = ref pixels[pixel + channel];
            value = (byte)(value + ((colour[channel] - value) * share) + 0.5f);
        }
    }
}
