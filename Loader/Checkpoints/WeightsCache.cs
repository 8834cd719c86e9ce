namespace Gpu.Loader.Checkpoints;

/// <summary>Where fetched weights are kept for a user, and where they come from.</summary>
public static class WeightsCache
{
    /// <summary>TF-Slim's tarball of VGG-16: 513,324,920 bytes, one file <c>vgg_16.ckpt</c> inside.</summary>
    public const string Vgg16Address = "http://download.tensorflow.org/models/vgg_16_2016_08_28.tar.gz";

    /// <summary>The user's folder: <c>$XDG_CACHE_HOME/vgg</c> or <c>~/.cache/vgg</c>, on Windows <c>%LOCALAPPDATA%\vgg</c>.</summary>
    public static string Folder => Path.Combine(Root, "vgg");

    /// <summary>VGG-16 in the user's folder.</summary>
    public static string Vgg16Path => Path.Combine(Folder, "vgg_16.ckpt");

    private static string Root
    {
        get
        {
            if (OperatingSystem.IsWindows())
            {
                return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
            }

            return Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
                ? cache
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        }
    }
}
