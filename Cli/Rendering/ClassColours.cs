using System.Numerics;
using SkiaSharp;

namespace Gpu.Cli.Rendering;

/// <summary>
/// One colour a class. The first seven are those that Okabe and Ito (2008) chose to be told apart with any colour vision; each further
/// one is as far as can be from all before it (farthest-first traversal, Gonzalez 1985) in the perceptual space OKLab (Ottosson 2020),
/// seen with normal vision, without red and without green receptors, whichever is nearest (simulated as by Machado, Oliveira and
/// Fernandes 2009). Twenty classes are 0.07 apart for everybody.
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

    private static readonly SKColor[] OkabeIto =
    [
        new(0xFFE69F00), new(0xFF56B4E9), new(0xFF009E73), new(0xFFF0E442), new(0xFF0072B2), new(0xFFD55E00), new(0xFFCC79A7),
    ];

    // Table 1 of Machado et al., severity 1: linear red, green and blue as they are seen.
    private static readonly float[] WithoutRed = [0.152286f, 1.052583f, -0.204868f, 0.114503f, 0.786281f, 0.099216f, -0.003882f, -0.048116f, 1.051998f];
    private static readonly float[] WithoutGreen = [0.367322f, 0.860646f, -0.227968f, 0.280085f, 0.672501f, 0.047413f, -0.011820f, 0.042940f, 0.968881f];

    /// <summary>Gives the colours of classes 0, 1, ...; a class's is the same however many follow, and no two are equal.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are not that many colours to tell apart.</exception>
    public static SKColor[] For(int count)
    {
        if (count <= OkabeIto.Length)
        {
            return OkabeIto[..count];
        }

        var candidates = Candidates();
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, candidates.Count);
        var colours = new List<SKColor>(OkabeIto);
        var distances = candidates.Select(candidate => OkabeIto.Min(colour => Distance(candidate.Sight, new Sight(colour)))).ToArray();
        while (colours.Count < count)
        {
            var farthest = Array.IndexOf(distances, distances.Max());
            var (colour, sight) = candidates[farthest];
            colours.Add(colour);
            for (var index = 0; index < distances.Length; index++)
            {
                distances[index] = Math.Min(distances[index], Distance(candidates[index].Sight, sight));
            }
        }

        return [.. colours];
    }

    /// <summary>How far apart two colours are in OKLab for those who tell them apart worst.</summary>
    public static float Separation(SKColor first, SKColor second) => MathF.Sqrt(Distance(new Sight(first), new Sight(second)));

    /// <summary>Black or white, whichever reads better on a colour.</summary>
    public static SKColor Ink(SKColor background) => new Sight(background).Normal.X > 0.62f ? SKColors.Black : SKColors.White;

    private static List<(SKColor Colour, Sight Sight)> Candidates()
    {
        var candidates = new List<(SKColor, Sight)>();
        for (var index = 0; index < GridLevels * GridLevels * GridLevels; index++)
        {
            var colour = new SKColor(Level(index / (GridLevels * GridLevels)), Level(index / GridLevels % GridLevels), Level(index % GridLevels));
            var sight = new Sight(colour);
            var (lightness, chroma) = (sight.Normal.X, MathF.Sqrt((sight.Normal.Y * sight.Normal.Y) + (sight.Normal.Z * sight.Normal.Z)));
            if (lightness is >= LeastLightness and <= GreatestLightness && chroma is >= LeastChroma and <= GreatestChroma)
            {
                candidates.Add((colour, sight));
            }
        }

        return candidates;
    }

    private static byte Level(int step) => (byte)(step * 255 / (GridLevels - 1));

    /// <summary>The square of the least distance.</summary>
    private static float Distance(Sight first, Sight second) => MathF.Min(
        Vector3.DistanceSquared(first.Normal, second.Normal),
        MathF.Min(Vector3.DistanceSquared(first.NoRed, second.NoRed), Vector3.DistanceSquared(first.NoGreen, second.NoGreen)));

    private static Vector3 Simulate(Vector3 linear, float[] rows) => Vector3.Clamp(
        new Vector3(
            Vector3.Dot(new Vector3(rows.AsSpan(0, 3)), linear),
            Vector3.Dot(new Vector3(rows.AsSpan(3, 3)), linear),
            Vector3.Dot(new Vector3(rows.AsSpan(6, 3)), linear)),
        Vector3.Zero,
        Vector3.One);

    /// <summary>Linear red, green and blue to OKLab: lightness, green to red, blue to yellow.</summary>
    private static Vector3 Perceive(Vector3 linear)
    {
        var l = MathF.Cbrt((0.4122214708f * linear.X) + (0.5363325363f * linear.Y) + (0.0514459929f * linear.Z));
        var m = MathF.Cbrt((0.2119034982f * linear.X) + (0.6806995451f * linear.Y) + (0.1073969566f * linear.Z));
        var s = MathF.Cbrt((0.0883024619f * linear.X) + (0.2817188376f * linear.Y) + (0.6299787005f * linear.Z));
        return new Vector3(
            (0.2104542553f * l) + (0.7936177850f * m) - (0.0040720468f * s),
            (1.9779984951f * l) - (2.4285922050f * m) + (0.4505937099f * s),
            (0.0259040371f * l) + (0.7827717662f * m) - (0.8086757660f * s));
    }

    private static float Linear(byte level)
    {
        var value = level / 255f;
        return value <= 0.04045f ? value / 12.92f : MathF.Pow((value + 0.055f) / 1.055f, 2.4f);
    }

    /// <summary>What a colour looks like in OKLab, to three kinds of eyes.</summary>
    private readonly struct Sight
    {
        public Sight(SKColor colour)
        {
            var linear = new Vector3(Linear(colour.Red), Linear(colour.Green), Linear(colour.Blue));
            (Normal, NoRed, NoGreen) = (Perceive(linear), Perceive(Simulate(linear, WithoutRed)), Perceive(Simulate(linear, WithoutGreen)));
        }

        public Vector3 Normal { get; }

        public Vector3 NoRed { get; }

        public Vector3 NoGreen { get; }
    }
}
