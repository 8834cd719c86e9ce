using System.Runtime.InteropServices;
using Gpu.Loader.Checkpoints;

namespace Gpu.WeightsTools;

/// <summary>Figures of a tensor's finite values.</summary>
/// <param name="Minimum">Least, or null where there is no finite value.</param>
/// <param name="Maximum">Greatest.</param>
/// <param name="Mean">Mean, or null where it exceeds float64.</param>
/// <param name="StandardDeviation">Of the values as a whole population, or null where it exceeds float64.</param>
/// <param name="NonFinite">Infinities and not-a-numbers.</param>
internal sealed record TensorStatistics(double? Minimum, double? Maximum, double? Mean, double? StandardDeviation, long NonFinite)
{
    /// <summary>The figures of a tensor of real numbers; null for other types.</summary>
    public static TensorStatistics? Of(ElementType type, ReadOnlySpan<byte> bytes) => type switch
    {
        ElementType.Float32 => Of(MemoryMarshal.Cast<byte, float>(bytes), static v => v),
        ElementType.Float64 => Of(MemoryMarshal.Cast<byte, double>(bytes), static v => v),
        ElementType.Float16 => Of(MemoryMarshal.Cast<byte, Half>(bytes), static v => (double)v),
        ElementType.BFloat16 => Of(MemoryMarshal.Cast<byte, ushort>(bytes), static v => BitConverter.Int32BitsToSingle(v << 16)),
        ElementType.Int8 => Of(MemoryMarshal.Cast<byte, sbyte>(bytes), static v => v),
        ElementType.UInt8 => Of(bytes, static v => v),
        ElementType.Int16 => Of(MemoryMarshal.Cast<byte, short>(bytes), static v => v),
        ElementType.UInt16 => Of(MemoryMarshal.Cast<byte, ushort>(bytes), static v => v),
        ElementType.Int32 => Of(MemoryMarshal.Cast<byte, int>(bytes), static v => v),
        ElementType.UInt32 => Of(MemoryMarshal.Cast<byte, uint>(bytes), static v => v),
        ElementType.Int64 => Of(MemoryMarshal.Cast<byte, long>(bytes), static v => v),
        ElementType.UInt64 => Of(MemoryMarshal.Cast<byte, ulong>(bytes), static v => v),
        _ => null,
    };

    /// <summary>Welford's update (Technometrics 4, 1962): one pass, no cancellation.</summary>
    private static TensorStatistics Of<T>(ReadOnlySpan<T> values, Func<T, double> widen)
    {
        double mean = 0, squares = 0, minimum = double.PositiveInfinity, maximum = double.NegativeInfinity;
        long finite = 0;
        foreach (var value in values)
        {
            var number = widen(value);
            if (!double.IsFinite(number))
            {
                continue;
            }

            finite++;
            var difference = number - mean;
            mean += difference / finite;
            squares += difference * (number - mean);
            minimum = Math.Min(minimum, number);
            maximum = Math.Max(maximum, number);
        }

        return finite == 0
            ? new TensorStatistics(null, null, null, null, values.Length)
            : new TensorStatistics(minimum, maximum, FiniteOrNull(mean), FiniteOrNull(Math.Sqrt(squares / finite)), values.Length - finite);
    }

    private static double? FiniteOrNull(double value) => double.IsFinite(value) ? value : null;
}
