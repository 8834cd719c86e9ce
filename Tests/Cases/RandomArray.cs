namespace Gpu.Cases;

/// <summary>Seeded random data for tests and benchmarks; never zeros.</summary>
public static class RandomArray
{
    /// <summary>Values uniform in <c>[-scale, scale)</c>.</summary>
    public static float[] Uniform(long length, int seed, float scale = 1f)
    {
        var random = new Random(seed);
        var values = new float[length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = ((random.NextSingle() * 2) - 1) * scale;
        }

        return values;
    }
}
