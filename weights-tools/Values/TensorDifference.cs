using Gpu.Loader.Checkpoints;

namespace Gpu.WeightsTools.Values;

/// <summary>How far two tensors of the same shape are apart, in float64.</summary>
/// <param name="Maximum">Greatest absolute difference of two elements; infinite if only one of them is finite.</param>
/// <param name="RelativeL2">L2 norm of the difference over that of the first tensor; 0 of equal ones, infinite if the first is zero alone.</param>
internal readonly record struct TensorDifference(double Maximum, double RelativeL2)
{
    /// <summary>Compares real numbers by value whatever their types, others by their bytes.</summary>
    public static TensorDifference Between(ElementType firstType, ReadOnlySpan<byte> first, ElementType secondType, ReadOnlySpan<byte> second)
    {
        if (firstType == secondType && first.SequenceEqual(second))
        {
            return default;
        }

        if (!ElementValues.IsReal(firstType) || !ElementValues.IsReal(secondType))
        {
            return new TensorDifference(double.PositiveInfinity, double.PositiveInfinity);
        }

        var (a, b) = (new double[ElementValues.PieceLength], new double[ElementValues.PieceLength]);
        var (maximum, squares, norm) = (0.0, 0.0, 0.0);
        var elements = first.Length / firstType.Size();
        for (var start = 0; start < elements; start += a.Length)
        {
            var count = Math.Min(a.Length, elements - start);
            ElementValues.Decode(firstType, first.Slice(start * firstType.Size(), count * firstType.Size()), a);
            ElementValues.Decode(secondType, second.Slice(start * secondType.Size(), count * secondType.Size()), b);
            for (var i = 0; i < count; i++)
            {
                var difference = a[i].Equals(b[i]) ? 0 : Math.Abs(a[i] - b[i]);
                difference = double.IsNaN(difference) ? double.PositiveInfinity : difference;
                maximum = Math.Max(maximum, difference);
                squares += difference * difference;
                norm += double.IsFinite(a[i]) ? a[i] * a[i] : 0;
            }
        }

        if (maximum == 0 && firstType == secondType && firstType is ElementType.Int64 or ElementType.UInt64)
        {
            // They differ, by so little of their size that float64 rounds it away.
            (maximum, squares) = (1, 1);
        }

        return new TensorDifference(maximum, squares == 0 ? 0 : Math.Sqrt(squares / norm));
    }
}
