namespace Gpu.Engine.Preprocessing;

/// <summary>How a side of the resized picture becomes a whole number of pixels.</summary>
public enum SideRounding
{
    /// <summary>To the nearest integer, halves to even: TF-Slim since 2017.</summary>
    Nearest,

    /// <summary>Towards zero: TF-Slim of 2016, where one side length in eight gave 255 instead of 256.</summary>
    Truncate,
}

/// <summary>Classification input: resize so that the shorter side has a given length, then cut the central square of 224 pixels.</summary>
public sealed record PreprocessingOptions
{
    /// <summary>Side of the central square, in pixels: what VGG networks were trained on.</summary>
    public const int CropSize = 224;

    /// <summary>TF-Slim's defaults: 256, nearest.</summary>
    public static PreprocessingOptions Default { get; } = new();

    /// <summary>Length of the shorter side after resizing, in pixels.</summary>
    public int ResizeSide { get; init; } = 256;

    /// <summary>Rounding of the resized sides.</summary>
    public SideRounding Rounding { get; init; } = SideRounding.Nearest;

    /// <summary>Refuses sizes that leave nothing to crop.</summary>
    /// <exception cref="ArgumentException">The resized side is smaller than the crop.</exception>
    internal void Validate()
    {
        // Truncation may lose a pixel of the shorter side.
        var margin = Rounding == SideRounding.Truncate ? 1 : 0;
        if (ResizeSide - margin < CropSize)
        {
            throw new ArgumentException($"A picture resized to {ResizeSide} pixels cannot be cropped to {CropSize}.");
        }
    }
}
