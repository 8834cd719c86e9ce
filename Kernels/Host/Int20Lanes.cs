using System.Runtime.Intrinsics;

namespace Gpu.Kernels.Host;

/// <summary>
/// Integers of 20 bits in 32-bit lanes: 8 values of a column fill 5 lanes. Four of them hold the upper 16 bits of two values each, that of
/// the even row in the low half; the fifth holds the remainders, the lower 4 bits of all 8, row r's from bit 4 r on. Halves and remainders
/// become a value's upper 20 bits by a shift, a mask and an or, whatever the instruction set.
/// </summary>
internal static class Int20Lanes
{
    /// <summary>The largest magnitude.</summary>
    public const int Largest = (1 << 19) - 1;

    /// <summary>Shift from the low half of a lane to the high one.</summary>
    public const int HighHalf = 16;

    /// <summary>The high half.</summary>
    public const int Upper = unchecked((int)0xFFFF0000);

    /// <summary>Where a value's lower 4 bits belong.</summary>
    public const int Mask = 0xF000;

    /// <summary>What a lane's value is multiplied by where it lies in its upper 20 bits.</summary>
    public const int Unit = 1 << UnitBits;

    /// <summary>Bits of a remainder.</summary>
    public const int RemainderBits = 4;

    private const int UnitBits = 12;
    private const int RemainderMask = (1 << RemainderBits) - 1;

    /// <summary>Adding it to a number of at most 22 bits rounds that to the nearest integer, of two the even one.</summary>
    private const float Rounder = 3 << 22;

    /// <summary>The nearest integers.</summary>
    public static Vector128<int> Round(Vector128<float> values)
    {
        var rounder = Vector128.Create(Rounder);
        return (values + rounder).AsInt32() - rounder.AsInt32();
    }

    /// <summary>A lane of the upper bits of an even and an odd row.</summary>
    public static Vector128<int> Pair(Vector128<int> even, Vector128<int> odd) =>
        ((even >> RemainderBits) & Vector128.Create(~Upper)) | ((odd >> RemainderBits) << HighHalf);

    /// <summary>The remainder of a row, where the fifth lane has it.</summary>
    public static Vector128<int> Remainder(Vector128<int> values, int row) => (values & Vector128.Create(RemainderMask)) << (RemainderBits * row);
}
