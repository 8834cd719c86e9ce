using SkiaSharp;

namespace Gpu.Cli.Rendering;

/// <summary>Colours of what surrounds a map.</summary>
internal static class Ink
{
    /// <summary>Names.</summary>
    public static readonly SKColor Text = new(0xFF1A1A1A);

    /// <summary>Numbers and axis labels.</summary>
    public static readonly SKColor Faint = new(0xFF5A5A5A);

    /// <summary>Frames and outlines.</summary>
    public static readonly SKColor Line = new(0xFF404040);
}
