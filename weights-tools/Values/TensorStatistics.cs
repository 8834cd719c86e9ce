using System.Numerics;
using System.Runtime.InteropServices;
using Gpu.Loader.Checkpoints;

namespace Gpu.WeightsTools.Values;

/// <summary>Figures of a tensor's finite values.</summary>
/// <param name="Minimum">Least, or null where there is no finite value.</param>
/// <param name="Maximum">Greatest.</param>
/// <param name="Mean">Mean, or null where it exceeds float64.</param>
/// <param name="StandardDeviation">Of the values as a whole population, or null where it exceeds float64.</param>
/// <param name="NonFinite">Infinities and not-a-numbers.</param>
internal sealed record TensorStatistics(double? Minimum, double? Maximum, double? Mean, double? StandardDeviation, long NonFinite)
{
    /// <summary>The figures of a tensor of real numbers; null for other types.</summary>
    public static TensorStatistics? Of(ElementType type, ReadOnlySpan<byte> bytes)
    {
        if (!ElementValues.IsReal(type))
        {
            return null;
        }

        var (size, figures) = (type.Size(), default(Figures));
        var values = new double[ElementValues.PieceLength];
        for (; !bytes.IsEmpty; bytes = bytes[Math.Min(bytes.Length, values.Length * size)..])
        {
            var piece = values.AsSpan(0, Math.Min(values.Length, bytes.Length / size));
            ElementValues.Decode(type, bytes[..(piece.Length * size)], piece);
            figures.Add(piece);
        }

        return figures.ToStatistics();
    }

    /// <summary>Infinities and not-a-numbers of a tensor; 0 for types that have none.</summary>
    public static long CountNonFinite(ElementType type, ReadOnlySpan<byte> bytes) => type switch
    {
        ElementType.Float16 => CountWithAllBits(bytes, (ushort)0x7c00),
        ElementType.BFloat16 => CountWithAllBits(bytes, (ushort)0x7f80),
        ElementType.Float32 => CountWithAllBits(bytes, 0x7f80_0000u),
        ElementType.Float64 => CountWithAllBits(bytes, 0x7ff0_0000_0000_0000ul),
        _ => 0,
    };

    /// <summary>Elements with all bits of the exponent set, which those alone have that are not finite.</summary>
    private static long CountWithAllBits<T>(ReadOnlySpan<byte> bytes, T exponent)
        where T : unmanaged, IBinaryInteger<T>
    {
        var (count, mask) = (0L, new Vector<T>(exponent));
        var elements = MemoryMarshal.Cast<byte, T>(bytes);
        while (!elements.IsEmpty)
        {
            var piece = elements[..Math.Min(elements.Length, Vector<T>.Count)];
            elements = elements[piece.Length..];
            if (piece.Length == Vector<T>.Count && !Vector.EqualsAny(new Vector<T>(piece) & mask, mask))
            {
                continue;
            }

            foreach (var element in piece)
            {
                count += (element & exponent) == exponent ? 1 : 0;
            }
        }

        return count;
    }

    /// <summary>Welford's update (Technometrics 4, 1962): one pass, no cancellation.</summary>
    private struct Figures
    {
        private long finite;
        private long nonFinite;
        private double mean;
        private double squares;
        private double minimum;
        private double maximum;

        public void Add(ReadOnlySpan<double> values)
        {
            foreach (var value in values)
            {
                if (!double.IsFinite(value))
                {
                    nonFinite++;
                    continue;
                }

                (minimum, maximum) = finite == 0 ? (value, value) : (Math.Min(minimum, value), Math.Max(maximum, value));
                finite++;
                var difference = value - mean;
                mean += difference / finite;
                squares += difference * (value - mean);
            }
        }

        public readonly TensorStatistics ToStatistics() => finite == 0
            ? new TensorStatistics(null, null, null, null, nonFinite)
            : new TensorStatistics(minimum, maximum, FiniteOrNull(mean), FiniteOrNull(Math.Sqrt(squares / finite)), nonFinite);

        private static double? FiniteOrNull(double value) => double.IsFinite(value) ? value : null;
    }
}
