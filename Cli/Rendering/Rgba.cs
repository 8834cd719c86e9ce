namespace Gpu.Cli.Rendering;

/// <summary>A pixel as it lies in memory.</summary>
internal readonly record struct Rgba(byte Red, byte Green, byte Blue, byte Alpha = 255)
{
    /// <summary>Puts another colour over this one.</summary>
    /// <param name="above">The other colour.</param>
    /// <param name="opacity">0 leaves this colour, 1 gives the other.</param>
    public Rgba Mix(Rgba above, float opacity)
    {
        return new Rgba(Level(Red, above.Red), Level(Green, above.Green), Level(Blue, above.Blue));

        byte Level(byte from, byte to) => (byte)(from + ((to - from) * opacity) + 0.5f);
    }
}
