using System.Numerics;
using System.Runtime.InteropServices;

namespace Gpu.Tests.Ptx;

/// <summary>
/// Sums of products as tensor cores form them: each addend is cut off behind as many bits as the largest may have, and so is the sum to those of
/// a float32 (M. Fasi et al., Numerical behavior of NVIDIA tensor cores, 2021).
/// </summary>
internal static class TensorCoreSum
{
    /// <summary>Significant bits of the largest addend, behind which the others are cut off.</summary>
    private const int AlignedBits = 25;

    private const long ExponentBits = 0x7FF0_0000_0000_0000;

    /// <summary>Adds a row of factors times a matrix to a row of sums.</summary>
    /// <param name="left">K factors.</param>
    /// <param name="right">K x N factors, row-major, N a multiple of 8.</param>
    /// <param name="sums">N sums.</param>
    public static void Add(ReadOnlySpan<double> left, ReadOnlySpan<double> right, Span<float> sums)
    {
        var columns = sums.Length;
        Span<double> initial = stackalloc double[columns];
        for (var column = 0; column < columns; column++)
        {
            initial[column] = sums[column];
        }

        var vectors = MemoryMarshal.Cast<double, Vector<double>>(initial);
        var factors = MemoryMarshal.Cast<double, Vector<double>>(right);
        for (var i = 0; i < vectors.Length; i++)
        {
            vectors[i] = Sum(left, factors[i..], vectors.Length, vectors[i]);
        }

        for (var column = 0; column < columns; column++)
        {
            sums[column] = CutOff(initial[column]);
        }
    }

    /// <summary>The sums of adjacent columns.</summary>
    private static Vector<double> Sum(ReadOnlySpan<double> left, ReadOnlySpan<Vector<double>> right, int pitch, Vector<double> initial)
    {
        var (largest, plain) = (Vector.Abs(initial), initial);
        for (var k = 0; k < left.Length; k++)
        {
            var product = left[k] * right[k * pitch];
            largest = Vector.Max(largest, Vector.Abs(product));
            plain += product;
        }

        // The power of two of the largest addend's first bit.
        var first = Vector.AsVectorDouble(Vector.AsVectorInt64(largest) & new Vector<long>(ExponentBits));
        var unit = first * Math.ScaleB(1, 1 - AlignedBits);
        var perUnit = Vector<double>.One / unit;
        var sum = Vector.Truncate(initial * perUnit);
        for (var k = 0; k < left.Length; k++)
        {
            sum += Vector.Truncate(left[k] * right[k * pitch] * perUnit);
        }

        var aligns = Vector.GreaterThan(largest, Vector<double>.Zero) & Vector.LessThan(largest, new Vector<double>(double.PositiveInfinity));
        return Vector.ConditionalSelect(aligns, sum * unit, plain);
    }

    /// <summary>The nearest float32 that is not farther from zero.</summary>
    private static float CutOff(double sum)
    {
        var rounded = (float)sum;
        return Math.Abs((double)rounded) <= Math.Abs(sum) || double.IsNaN(sum) ? rounded : rounded > 0 ? MathF.BitDecrement(rounded) : MathF.BitIncrement(rounded);
    }
}
