using System.Globalization;

namespace Gpu.Kernels.Host;

/// <summary>The processor's caches, as far as the system tells of them.</summary>
internal static class HostCaches
{
    private const string Level2File = "/sys/devices/system/cpu/cpu0/cache/index2/size";
    private const int UsualLevel2Bytes = 1 << 20;

    /// <summary>Bytes of a core's L2 cache: what Linux says, else a usual one's.</summary>
    public static int Level2Bytes { get; } = File.Exists(Level2File) ? Parse(File.ReadAllText(Level2File)) : UsualLevel2Bytes;

    /// <summary>Bytes of a size as Linux writes it, <c>2048K</c>; of what is none a usual L2 cache's.</summary>
    public static int Parse(string size)
    {
        var text = size.Trim();
        return text.EndsWith('K') && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var kibibytes)
            && kibibytes is > 0 and < 1 << 20
            ? kibibytes << 10
            : UsualLevel2Bytes;
    }
}
