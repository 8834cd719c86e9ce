using SkiaSharp;

namespace Gpu.Cli.Rendering;

/// <summary>
/// One colour a class. Up to twelve classes get matplotlib's qualitative map <c>Paired</c> (ColorBrewer), resampled as
/// <c>get_cmap('Paired', n)</c> does; where matplotlib would repeat colours, further ones follow, each as far as can be
/// from all before it (farthest-first traversal, Gonzalez 1985) in the perceptual space OKLab (Ottosson 2020).
/// </summary>
internal static class ClassColours
{
    /// <summary>Steps of each channel of the colours to choose from: 32,768 in all.</summary>
    private const int GridLevels = 32;

    // Darker, lighter or greyer colours are hard to tell from text, background and photograph; stronger ones drown all others.
    private const float LeastLightness = 0.45f;
    private const float GreatestLightness = 0.90f;
    private const float LeastChroma = 0.07f;
    private const float GreatestChroma = 0.20f;

    private static readonly SKColor[] Paired =
    [
        new(0xFFA6CEE3), new(0xFF1F78B4), new(0xFFB2DF8A), new(0xFF33A02C), new(0xFFFB9A99), new(0xFFE31A1C),
        new(0xFFFDBF6F), new(0xFFFF7F00), new(0xFFCAB2D6), new(0xFF6A3D9A), new(0xFFFFFF99), new(0xFFB15928),
    ];

    /// <summary>Gives the colours of classes 0, 1, ...; the same count always gives the same colours, no two of them equal.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are not that many colours to tell apart.</exception>
    public static SKColor[] For(int count)
    {
        if (count <= Paired.Length)
        {
            return [.. Enumerable.Range(0, count).Select(id => Paired[Math.Min(Paired.Length - 1, id * Paired.Length / Math.Max(1, count - 1))])];
        }

        var candidates = Candidates();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, candidates.Count);
        var colours = new List<SKColor>(Paired);
        var distances = candidates.Select(candidate => Paired.Min(colour => Distance(candidate.Point, Point(colour)))).ToArray();
        while (colours.Count < count)
        {
            var farthest = Array.IndexOf(distances, distances.Max());
            var (colour, point) = candidates[farthest];
            colours.Add(colour);
            for (var index = 0; index < distances.Length; index++)
            {
                distances[index] = Math.Min(distances[index], Distance(candidates[index].Point, point));
            }
        }

        return [.. colours];
    }

    /// <summary>Black or white, whichever reads better on a colour.</summary>
    public static SKColor Ink(SKColor background) => Point(background).L > 0.62f ? SKColors.Black : SKColors.White;

    private static List<(SKColor Colour, (float L, float A, float B) Point)> Candidates()
    {
        var candidates = new List<(SKColor, (float L, float A, float B))>();
        for (var index = 0; index < GridLevels * GridLevels * GridLevels; index++)
        {
            var colour = new SKColor(Level(index / (GridLevels * GridLevels)), Level(index / GridLevels % GridLevels), Level(index % GridLevels));
            var point = Point(colour);
            var chroma = MathF.Sqrt((point.A * point.A) + (point.B * point.B));
            if (point.L is >= LeastLightness and <= GreatestLightness && chroma is >= LeastChroma and <= GreatestChroma)
            {
                candidates.Add((colour, point));
            }
        }

        return candidates;
    }

    private static byte Level(int step) => (byte)(step * 255 / (GridLevels - 1));

    private static float Distance((float L, float A, float B) first, (float L, float A, float B) second)
    {
        var (l, a, b) = (first.L - second.L, first.A - second.A, first.B - second.B);
        return (l * l) + (a * a) + (b * b);
    }

    /// <summary>sRGB to OKLab.</summary>
    private static (float L, float A, float B) Point(SKColor colour)
    {
        var (red, green, blue) = (Linear(colour.Red), Linear(colour.Green), Linear(colour.Blue));
        var l = MathF.Cbrt((0.4122214708f * red) + (0.5363325363f * green) + (0.0514459929f * blue));
        var m = MathF.Cbrt((0.2119034982f * red) + (0.6806995451f * green) + (0.1073969566f * blue));
        var s = MathF.Cbrt((0.0883024619f * red) + (0.2817188376f * green) + (0.6299787005f * blue));
        return (
            (0.2104542553f * l) + (0.7936177850f * m) - (0.0040720468f * s),
            (1.9779984951f * l) - (2.4285922050f * m) + (0.4505937099f * s),
            (0.0259040371f * l) + (0.7827717662f * m) - (0.8086757660f * s));
    }

    private static float Linear(byte level)
    {
        var value = level / 255f;
        return value <= 0.04045f ? value / 12.92f : MathF.Pow((value + 0.055f) / 1.055f, 2.4f);
    }
}
