using System.Numerics;
using System.Runtime.InteropServices;
using Gpu.Loader.Checkpoints;

namespace Gpu.WeightsTools.Values;

/// <summary>Numbers of every type as float64, in which all but 64-bit integers are exact.</summary>
internal static class ElementValues
{
    /// <summary>Elements that are looked at together.</summary>
    public const int PieceLength = 1 << 14;

    /// <summary>Whether a type is a real number.</summary>
    public static bool IsReal(ElementType type) => type is not (ElementType.String or ElementType.Bool or ElementType.Complex64 or ElementType.Complex128);

    /// <summary>Whether a type is a floating-point number.</summary>
    public static bool IsFloatingPoint(ElementType type) =>
        type is ElementType.Float16 or ElementType.BFloat16 or ElementType.Float32 or ElementType.Float64;

    /// <summary>Widens the elements of little-endian bytes.</summary>
    /// <param name="type">A type of real numbers.</param>
    /// <param name="bytes">Whole elements.</param>
    /// <param name="values">Receives as many.</param>
    public static void Decode(ElementType type, ReadOnlySpan<byte> bytes, Span<double> values)
    {
        switch (type)
        {
            case ElementType.Float32:
                Widen(MemoryMarshal.Cast<byte, float>(bytes), values);
                break;
            case ElementType.Float64:
                MemoryMarshal.Cast<byte, double>(bytes).CopyTo(values);
                break;
            case ElementType.Float16:
                Widen(MemoryMarshal.Cast<byte, Half>(bytes), values);
                break;
            case ElementType.BFloat16:
                var halves = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (var i = 0; i < halves.Length; i++)
                {
                    values[i] = BitConverter.Int32BitsToSingle(halves[i] << 16);
                }

                break;
            case ElementType.Int8:
                Widen(MemoryMarshal.Cast<byte, sbyte>(bytes), values);
                break;
            case ElementType.UInt8:
                Widen(bytes, values);
                break;
            case ElementType.Int16:
                Widen(MemoryMarshal.Cast<byte, short>(bytes), values);
                break;
            case ElementType.UInt16:
                Widen(MemoryMarshal.Cast<byte, ushort>(bytes), values);
                break;
            case ElementType.Int32:
                Widen(MemoryMarshal.Cast<byte, int>(bytes), values);
                break;
            case ElementType.UInt32:
                Widen(MemoryMarshal.Cast<byte, uint>(bytes), values);
                break;
            case ElementType.Int64:
                Widen(MemoryMarshal.Cast<byte, long>(bytes), values);
                break;
            case ElementType.UInt64:
                Widen(MemoryMarshal.Cast<byte, ulong>(bytes), values);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, null);
        }
    }

    /// <summary>Narrows float64 values to a floating-point type; each becomes the nearest, or infinite.</summary>
    /// <param name="type">float16 or float32.</param>
    /// <param name="values">The values.</param>
    /// <param name="bytes">Receives as many little-endian elements.</param>
    public static void Encode(ElementType type, ReadOnlySpan<double> values, Span<byte> bytes)
    {
        switch (type)
        {
            case ElementType.Float32:
                Narrow(values, MemoryMarshal.Cast<byte, float>(bytes));
                break;
            case ElementType.Float16:
                Narrow(values, MemoryMarshal.Cast<byte, Half>(bytes));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, null);
        }
    }

    private static void Widen<T>(ReadOnlySpan<T> elements, Span<double> values)
        where T : INumberBase<T>
    {
        for (var i = 0; i < elements.Length; i++)
        {
            values[i] = double.CreateChecked(elements[i]);
        }
    }

    private static void Narrow<T>(ReadOnlySpan<double> values, Span<T> elements)
        where T : IFloatingPoint<T>
    {
        for (var i = 0; i < values.Length; i++)
        {
            elements[i] = T.CreateChecked(values[i]);
        }
    }
}
