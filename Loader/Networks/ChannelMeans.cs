namespace Gpu.Loader.Networks;

/// <summary>
/// The mean colour that TF-Slim's VGG networks subtract from every pixel (<c>vgg_preprocessing</c>: 123.68, 116.78, 103.94;
/// Caffe's values differ in the third decimal), and that its checkpoints carry as <c>mean_rgb</c>.
/// </summary>
public static class ChannelMeans
{
    /// <summary>Mean of the red channel, 0..255.</summary>
    public const float Red = 123.68f;

    /// <summary>Mean of the green channel, 0..255.</summary>
    public const float Green = 116.78f;

    /// <summary>Mean of the blue channel, 0..255.</summary>
    public const float Blue = 103.94f;

    /// <summary>Red, green, blue.</summary>
    public static ReadOnlySpan<float> Rgb => [Red, Green, Blue];
}
