using Gpu.Loader.Checkpoints;
using Gpu.Loader.Networks;

namespace Gpu.WeightsTools.Fetching;

/// <summary>The networks that TF-Slim publishes, each a tarball with one checkpoint trained on ImageNet.</summary>
internal static class KnownNetworks
{
    private static readonly Dictionary<string, DownloadSource> Sources = new()
    {
        [VggArchitecture.Vgg16.Scope] = new(new Uri(WeightsCache.Vgg16Address), Path.GetFileName(WeightsCache.Vgg16Path), 513_324_920),
        [VggArchitecture.Vgg19.Scope] = new(new Uri("http://download.tensorflow.org/models/vgg_19_2016_08_28.tar.gz"), "vgg_19.ckpt"),
    };

    /// <summary>The names that <see cref="Find"/> knows.</summary>
    public static IEnumerable<string> Names => Sources.Keys;

    /// <summary>The source of a name of the table or of an http(s) address without credentials; null for anything else.</summary>
    public static DownloadSource? Find(string nameOrAddress)
    {
        if (Sources.TryGetValue(nameOrAddress, out var source))
        {
            return source;
        }

        return Uri.TryCreate(nameOrAddress, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.UserInfo.Length == 0
            ? new DownloadSource(address)
            : null;
    }
}
