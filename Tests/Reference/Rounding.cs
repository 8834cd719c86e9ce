using Gpu.Kernels.Operations;

namespace Gpu.Tests.Reference;

/// <summary>Float32 rounded to the factors of products, by the patterns of the numbers.</summary>
internal static class Rounding
{
    /// <summary>The rounding of a precision; two tensor floats are nearly all of a float32.</summary>
    public static Func<float, float> To(ProductPrecision precision) => precision switch
    {
        ProductPrecision.Float16 => v => (float)(Half)v,
        ProductPrecision.BFloat16 => BFloat16,
        ProductPrecision.TensorFloat32 => TensorFloat,
        _ => v => v,
    };

    /// <summary>Rounded to 8 significant bits, ties to even.</summary>
    public static float BFloat16(float value) => float.IsNaN(value) ? value : RoundAway(value, 16, ties: (BitConverter.SingleToUInt32Bits(value) >> 16) & 1);

    /// <summary>Rounded to 11 significant bits, ties away from zero.</summary>
    public static float TensorFloat(float value) => float.IsNaN(value) ? value : RoundAway(value, 13, ties: 1);

    /// <summary>Drops bits of a number's pattern, adding beforehand half of the last that stays, less one where a tie goes down.</summary>
    private static float RoundAway(float value, int bits, uint ties) =>
        BitConverter.UInt32BitsToSingle((BitConverter.SingleToUInt32Bits(value) + (1u << (bits - 1)) - 1 + ties) >> bits << bits);
}
