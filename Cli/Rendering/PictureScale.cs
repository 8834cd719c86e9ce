namespace Gpu.Cli.Rendering;

/// <summary>Text and lines grow with pictures that will be looked at from further away.</summary>
internal static class PictureScale
{
    private const float OrdinarySide = 900;
    private const float Greatest = 8;

    /// <summary>Size of text and lines relative to those of a picture of ordinary size, at least 1.</summary>
    public static float For(float width, float height) => Math.Clamp(MathF.Sqrt(width * height) / OrdinarySide, 1, Greatest);
}
