namespace Gpu.Tests.Reference;

/// <summary>How far float32 results are from the float64 truth.</summary>
internal static class RelativeError
{
    /// <summary>|actual - expected| / |expected| in the L2 norm; not a number poisons it.</summary>
    public static double L2(ReadOnlySpan<float> actual, ReadOnlySpan<double> expected)
    {
        if (actual.Length != expected.Length || expected.IsEmpty)
        {
            throw new ArgumentException($"Compared {actual.Length} values with {expected.Length}.");
        }

        double difference = 0, norm = 0;
        for (var i = 0; i < actual.Length; i++)
        {
            var d = actual[i] - expected[i];
            difference += d * d;
            norm += expected[i] * expected[i];
        }

        return Math.Sqrt(difference / norm);
    }
}
