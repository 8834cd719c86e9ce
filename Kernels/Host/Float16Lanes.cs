using System.Runtime.Intrinsics;

namespace Gpu.Kernels.Host;

/// <summary>
/// Float16 in 32-bit lanes, by integers, as no x64 instruction for it is reachable from .NET.
/// <para>
/// To float32: an arithmetic shift puts exponent and fraction where float32 has them and keeps the sign, and as the exponent's bias is
/// smaller by 112, a multiplication by 2^112 gives the value, of denormals too.
/// </para>
/// </summary>
internal static class Float16Lanes
{
    /// <summary>Shift from float16's fraction and exponent, in the high half of a lane, to float32's.</summary>
    public const int Shift = 3;

    /// <summary>Shift from the low half of a lane to the high one.</summary>
    public const int HighHalf = 16;

    /// <summary>Sign, and the 15 other bits after the shift.</summary>
    public const int Mask = unchecked((int)0x8fffe000);

    /// <summary>2^112.</summary>
    public const float Scale = 5192296858534827628530496329220096f;

    private const int SignBit = 0x8000;
    private const int MagnitudeMask = 0x7fffffff;

    /// <summary>Bits of a float32's fraction that float16 lacks.</summary>
    private const int LostBits = 13;

    /// <summary>Difference of the exponents' biases, where float32 has the exponent.</summary>
    private const int BiasDifference = 112 << 23;

    /// <summary>Bits of 2^-14, the smallest normal float16, as float32.</summary>
    private const int SmallestNormal = 113 << 23;

    /// <summary>Numbers up to it and its double differ by 2^-24, the smallest float16: adding it rounds to these.</summary>
    private const float DenormalRounder = 0.5f;

    /// <summary>The nearest float16, of two the even one, in the low halves of the lanes. Magnitudes must be below float16's largest, 65504.</summary>
    public static Vector128<int> Round(Vector128<float> values)
    {
        var bits = values.AsInt32();
        var sign = (bits >>> HighHalf) & Vector128.Create(SignBit);
        var magnitude = bits & Vector128.Create(MagnitudeMask);
        var belowHalf = Vector128.Create((1 << (LostBits - 1)) - 1) + ((magnitude >>> LostBits) & Vector128<int>.One);
        var normal = (magnitude + belowHalf - Vector128.Create(BiasDifference)) >>> LostBits;
        var rounder = Vector128.Create(DenormalRounder);
        var denormal = (magnitude.AsSingle() + rounder).AsInt32() - rounder.AsInt32();
        return sign | Vector128.ConditionalSelect(Vector128.LessThan(magnitude, Vector128.Create(SmallestNormal)), denormal, normal);
    }
}
