namespace Gpu.Cli.Redaction;

/// <summary>A region of pixels whose edge fades out.</summary>
internal static class SoftMask
{
    /// <summary>
    /// Opacities: 1 within the region, falling to 0 over <paramref name="feather"/> pixels beyond it. The region is grown by half the
    /// feather and then averaged over a square of as much to each side, so that averages within it are of grown pixels only.
    /// </summary>
    /// <param name="region">The pixels, as rows and columns.</param>
    /// <param name="rows">Rows of the mask.</param>
    /// <param name="columns">Columns of the mask.</param>
    /// <param name="feather">Pixels.</param>
    /// <returns><c>rows * columns</c> numbers from 0 to 1, row by row.</returns>
    public static float[] Of(IEnumerable<(int Row, int Column)> region, int rows, int columns, int feather)
    {
        var mask = new float[rows * columns];
        foreach (var (row, column) in region)
        {
            mask[(row * columns) + column] = 1;
        }

        var reach = feather / 2;
        if (reach == 0)
        {
            return mask;
        }

        var grown = Array.ConvertAll(Average(mask, rows, columns, reach), v => v > 0 ? 1f : 0f);
        return Average(grown, rows, columns, reach);
    }

    /// <summary>The mean of each square of <c>2 * reach + 1</c> pixels; of squares that reach beyond the mask that of the part within.</summary>
    private static float[] Average(float[] values, int rows, int columns, int reach)
    {
        var (along, result) = (new float[values.Length], new float[values.Length]);
        for (var row = 0; row < rows; row++)
        {
            AverageLine(values, along, row * columns, 1, columns, reach);
        }

        for (var column = 0; column < columns; column++)
        {
            AverageLine(along, result, column, columns, rows, reach);
        }

        return result;
    }

    private static void AverageLine(float[] values, float[] result, int first, int step, int length, int reach)
    {
        // Sums in double: they are exact for rows of zeros and ones, and a sum of nothing returns to zero.
        var (sum, end) = (0.0, 0);
        for (var place = 0; place < length; place++)
        {
            for (; end <= Math.Min(place + reach, length - 1); end++)
            {
                sum += values[first + (end * step)];
            }

            var start = Math.Max(0, place - reach);
            result[first + (place * step)] = (float)(sum / (end - start));
            if (place - reach >= 0)
            {
                sum -= values[first + ((place - reach) * step)];
            }
        }
    }
}
