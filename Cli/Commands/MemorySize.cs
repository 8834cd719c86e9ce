using System.Globalization;

namespace Gpu.Cli.Commands;

/// <summary>Amounts of memory as people write them: <c>2G</c>, <c>1.5GB</c>, <c>800M</c>, in powers of 1024.</summary>
internal static class MemorySize
{
    /// <summary>Units, each 1024 times the one before.</summary>
    private const string Units = "KMGT";

    /// <summary>An amount in GiB, for people.</summary>
    public static string Format(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 30):F1} GiB");

    /// <summary>Reads an amount; null of anything else.</summary>
    public static long? Parse(string? text)
    {
        var trimmed = (text ?? string.Empty).Trim().ToUpperInvariant();
        var number = trimmed.EndsWith('B') ? trimmed[..^1].TrimEnd('I') : trimmed;
        var unit = number.Length == 0 ? -1 : Units.IndexOf(number[^1], StringComparison.Ordinal);
        var parsed = decimal.TryParse(unit < 0 ? number : number[..^1].TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount);
        var bytes = parsed && amount <= long.MaxValue >> 40 ? amount * (1L << (10 * (unit + 1))) : 0;
        return bytes is > 0 and <= long.MaxValue ? (long)bytes : null;
    }
}
