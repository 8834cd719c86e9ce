namespace Gpu.Loader.Networks;

/// <summary>How a network's input is made of a pixel 0..255: (pixel - mean) * scale, for each channel in the order red, green, blue.</summary>
/// <param name="Mean">Means of the channels, 0..255.</param>
/// <param name="Scale">Factors of the channels, 1 or one over the standard deviation of the channel, 0..255.</param>
public sealed record PixelNormalization((float Red, float Green, float Blue) Mean, (float Red, float Green, float Blue) Scale)
{
    private const float White = 255f;

    /// <summary>TF-Slim's: means alone.</summary>
    public static PixelNormalization Slim { get; } = new((ChannelMeans.Red, ChannelMeans.Green, ChannelMeans.Blue), (1f, 1f, 1f));

    /// <summary>Caffe's and with it Keras's: means alone, with another third decimal.</summary>
    public static PixelNormalization Caffe { get; } = new((123.68f, 116.779f, 103.939f), (1f, 1f, 1f));

    /// <summary>torchvision's and timm's: pixels as 0..1, less (0.485, 0.456, 0.406), divided by (0.229, 0.224, 0.225).</summary>
    public static PixelNormalization Torchvision { get; } = new(
        (0.485f * White, 0.456f * White, 0.406f * White), (1f / (0.229f * White), 1f / (0.224f * White), 1f / (0.225f * White)));
}
