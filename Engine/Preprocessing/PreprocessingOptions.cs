namespace Gpu.Engine.Preprocessing;

/// <summary>How a side of the resized picture becomes a whole number of pixels.</summary>
public enum SideRounding
{
    /// <summary>To the nearest integer, halves to even: TF-Slim since 2017.</summary>
    Nearest,

    /// <summary>Towards zero: TF-Slim of 2016, where one side length in eight gave 255 instead of 256.</summary>
    Truncate,
}

/// <summary>Classification input: resize so that the shorter side has a given length, then cut the central square.</summary>
public sealed record PreprocessingOptions
{
    /// <summary>Side of the square that VGG networks were trained on, in pixels.</summary>
    public const int CropSize = 224;

    /// <summary>Beyond this an input is no photograph's any more: 268 megapixels.</summary>
    private const int MaximumSide = 1 << 14;

    /// <summary>TF-Slim's defaults: 256, 224, nearest.</summary>
    public static PreprocessingOptions Default { get; } = new();

    /// <summary>Length of the shorter side after resizing, in pixels.</summary>
    public int ResizeSide { get; init; } = 256;

    /// <summary>
    /// Side of the central square, in pixels. Beyond <see cref="CropSize"/> the network runs fully convolutionally over it, and its
    /// logits are averaged before the softmax (Simonyan and Zisserman 2015, section 3.2; TF-Slim's <c>global_pool</c>).
    /// </summary>
    public int Crop { get; init; } = CropSize;

    /// <summary>Values of an input: <c>Crop * Crop * 3</c>.</summary>
    public int CropLength => checked(Crop * Crop * NetworkInput.Channels);

    /// <summary>Rounding of the resized sides.</summary>
    public SideRounding Rounding { get; init; } = SideRounding.Nearest;

    /// <summary>Refuses sizes that leave nothing to crop.</summary>
    /// <exception cref="ArgumentException">The resized side is smaller than the crop, or the crop than what the network takes.</exception>
    public void Validate()
    {
        if (Crop < CropSize)
        {
            throw new ArgumentException($"A VGG network takes squares from {CropSize} pixels a side, not {Crop}.");
        }

        // Truncation may lose a pixel of the shorter side.
        var margin = Rounding == SideRounding.Truncate ? 1 : 0;
        if (ResizeSide - margin < Crop)
        {
            throw new ArgumentException($"A picture resized to {ResizeSide} pixels cannot be cropped to {Crop}.");
        }

        if (ResizeSide > MaximumSide)
        {
            throw new ArgumentException($"Pictures are resized to at most {MaximumSide} pixels, not {ResizeSide}.");
        }
    }
}
