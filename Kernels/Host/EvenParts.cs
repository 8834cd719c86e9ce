namespace Gpu.Kernels.Host;

/// <summary>
/// A length cut into parts that differ by one at most, the longer ones first, since a short last one would waste registers or leave
/// threads idle.
/// </summary>
/// <param name="length">What is cut.</param>
/// <param name="count">Parts.</param>
internal readonly struct EvenParts(int length, int count)
{
    private readonly int shorter = length / count;
    private readonly int longerParts = length % count;

    /// <summary>Parts.</summary>
    public int Count => count;

    /// <summary>As few parts as can be, none longer than a limit.</summary>
    public static EvenParts OfAtMost(int length, int limit) => new(length, (length + limit - 1) / limit);

    /// <summary>Where a part begins, and the one before it ends.</summary>
    public int Start(int part) => (part * shorter) + Math.Min(part, longerParts);

    /// <summary>How long a part is.</summary>
    public int LengthOf(int part) => shorter + (part < longerParts ? 1 : 0);
}
