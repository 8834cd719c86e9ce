namespace Gpu.Loader.Images;

/// <summary>How a picture is read.</summary>
public sealed record ImageReadOptions
{
    /// <summary>Largest accepted <c>width * height</c>; checked against the file's header before anything is decoded.</summary>
    public long MaximumPixels { get; init; } = 200_000_000;

    /// <summary>
    /// Whether the EXIF orientation is applied, so that a photograph stands upright as its viewer sees it.
    /// TensorFlow's decoder leaves it alone: switch it off to feed the network what TensorFlow would.
    /// </summary>
    public bool ApplyOrientation { get; init; } = true;
}
