using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gpu.Kernels.Host;

/// <summary>
/// The few operations that the kernels need of an instruction set, on the raw vector type: a wrapper struct around it would be
/// spilled to memory, a generic over this interface costs nothing.
/// </summary>
internal unsafe interface IVectors<TVector>
{
    /// <summary>Floats in a vector.</summary>
    static abstract int Count { get; }

    static abstract TVector Zero { get; }

    static abstract TVector Load(float* source);

    static abstract void Store(TVector value, float* destination);

    static abstract TVector Broadcast(float value);

    /// <summary>a * b + c, fused where the hardware does.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    static abstract TVector Add(TVector a, TVector b);

    static abstract TVector Subtract(TVector a, TVector b);

    static abstract TVector Multiply(TVector a, TVector b);

    static abstract TVector Max(TVector a, TVector b);

    /// <summary>The float16 values, exactly, in the low halves of 32-bit lanes; infinities and not-a-number become large numbers.</summary>
    static abstract TVector WidenLow(TVector pairs);

    /// <summary>The float16 values, exactly, in the high halves of 32-bit lanes; infinities and not-a-number become large numbers.</summary>
    static abstract TVector WidenHigh(TVector pairs);

    /// <summary>32-bit lanes, shifted towards their high bits; towards their low bits if the number is negative, which brings in zeros.</summary>
    static abstract TVector Shift(TVector lanes, int bits);

    /// <summary>The values of <see cref="Int20Lanes"/> whose upper bits are in the low halves of lanes, and the others where <see cref="Int20Lanes.Mask"/> has bits.</summary>
    static abstract TVector WidenInt20Low(TVector pairs, TVector remainders);

    /// <summary>The values whose upper bits are in the high halves of lanes.</summary>
    static abstract TVector WidenInt20High(TVector pairs, TVector remainders);
}

/// <summary>512-bit vectors.</summary>
internal readonly unsafe struct Vectors512 : IVectors<Vector512<float>>
{
    public static int Count => 16;

    public static Vector512<float> Zero => Vector512<float>.Zero;

    public static Vector512<float> Load(float* source) => Vector512.Load(source);

    public static void Store(Vector512<float> value, float* destination) => Vector512.Store(value, destination);

    public static Vector512<float> Broadcast(float value) => Vector512.Create(value);

    public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.FusedMultiplyAdd(a, b, c);

    public static Vector512<float> Add(Vector512<float> a, Vector512<float> b) => a + b;

    public static Vector512<float> Subtract(Vector512<float> a, Vector512<float> b) => a - b;

    public static Vector512<float> Multiply(Vector512<float> a, Vector512<float> b) => a * b;

    public static Vector512<float> Max(Vector512<float> a, Vector512<float> b) => Vector512.MaxNative(a, b);

    public static Vector512<float> WidenLow(Vector512<float> pairs) => WidenHigh((pairs.AsInt32() << Float16Lanes.HighHalf).AsSingle());

    public static Vector512<float> WidenHigh(Vector512<float> pairs) =>
        ((pairs.AsInt32() >> Float16Lanes.Shift) & Vector512.Create(Float16Lanes.Mask)).AsSingle() * Vector512.Create(Float16Lanes.Scale);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Shift(Vector512<float> lanes, int bits) =>
        (bits >= 0 ? lanes.AsInt32() << bits : lanes.AsInt32() >>> -bits).AsSingle();

    public static Vector512<float> WidenInt20Low(Vector512<float> pairs, Vector512<float> remainders) =>
        Vector512.ConvertToSingle((pairs.AsInt32() << Int20Lanes.HighHalf) | (remainders.AsInt32() & Vector512.Create(Int20Lanes.Mask)));

    public static Vector512<float> WidenInt20High(Vector512<float> pairs, Vector512<float> remainders) =>
        Vector512.ConvertToSingle((pairs.AsInt32() & Vector512.Create(Int20Lanes.Upper)) | (remainders.AsInt32() & Vector512.Create(Int20Lanes.Mask)));
}

/// <summary>256-bit vectors with fused multiply-add.</summary>
internal readonly unsafe struct Vectors256 : IVectors<Vector256<float>>
{
    public static int Count => 8;

    public static Vector256<float> Zero => Vector256<float>.Zero;

    public static Vector256<float> Load(float* source) => Vector256.Load(source);

    public static void Store(Vector256<float> value, float* destination) => Vector256.Store(value, destination);

    public static Vector256<float> Broadcast(float value) => Vector256.Create(value);

    public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) => Vector256.FusedMultiplyAdd(a, b, c);

    public static Vector256<float> Add(Vector256<float> a, Vector256<float> b) => a + b;

    public static Vector256<float> Subtract(Vector256<float> a, Vector256<float> b) => a - b;

    public static Vector256<float> Multiply(Vector256<float> a, Vector256<float> b) => a * b;

    public static Vector256<float> Max(Vector256<float> a, Vector256<float> b) => Vector256.MaxNative(a, b);

    public static Vector256<float> WidenLow(Vector256<float> pairs) => WidenHigh((pairs.AsInt32() << Float16Lanes.HighHalf).AsSingle());

    public static Vector256<float> WidenHigh(Vector256<float> pairs) =>
        ((pairs.AsInt32() >> Float16Lanes.Shift) & Vector256.Create(Float16Lanes.Mask)).AsSingle() * Vector256.Create(Float16Lanes.Scale);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Shift(Vector256<float> lanes, int bits) =>
        (bits >= 0 ? lanes.AsInt32() << bits : lanes.AsInt32() >>> -bits).AsSingle();

    public static Vector256<float> WidenInt20Low(Vector256<float> pairs, Vector256<float> remainders) =>
        Vector256.ConvertToSingle((pairs.AsInt32() << Int20Lanes.HighHalf) | (remainders.AsInt32() & Vector256.Create(Int20Lanes.Mask)));

    public static Vector256<float> WidenInt20High(Vector256<float> pairs, Vector256<float> remainders) =>
        Vector256.ConvertToSingle((pairs.AsInt32() & Vector256.Create(Int20Lanes.Upper)) | (remainders.AsInt32() & Vector256.Create(Int20Lanes.Mask)));
}

/// <summary>
/// 128-bit vectors: NEON, or any x64. MultiplyAddEstimate is fused on NEON and multiply-then-add without FMA hardware, where
/// FusedMultiplyAdd would call the C library for every element.
/// </summary>
internal readonly unsafe struct Vectors128 : IVectors<Vector128<float>>
{
    public static int Count => 4;

    public static Vector128<float> Zero => Vector128<float>.Zero;

    public static Vector128<float> Load(float* source) => Vector128.Load(source);

    public static void Store(Vector128<float> value, float* destination) => Vector128.Store(value, destination);

    public static Vector128<float> Broadcast(float value) => Vector128.Create(value);

    public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) => Vector128.MultiplyAddEstimate(a, b, c);

    public static Vector128<float> Add(Vector128<float> a, Vector128<float> b) => a + b;

    public static Vector128<float> Subtract(Vector128<float> a, Vector128<float> b) => a - b;

    public static Vector128<float> Multiply(Vector128<float> a, Vector128<float> b) => a * b;

    public static Vector128<float> Max(Vector128<float> a, Vector128<float> b) => Vector128.MaxNative(a, b);

    public static Vector128<float> WidenLow(Vector128<float> pairs) => WidenHigh((pairs.AsInt32() << Float16Lanes.HighHalf).AsSingle());

    public static Vector128<float> WidenHigh(Vector128<float> pairs) =>
        ((pairs.AsInt32() >> Float16Lanes.Shift) & Vector128.Create(Float16Lanes.Mask)).AsSingle() * Vector128.Create(Float16Lanes.Scale);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Shift(Vector128<float> lanes, int bits) =>
        (bits >= 0 ? lanes.AsInt32() << bits : lanes.AsInt32() >>> -bits).AsSingle();

    public static Vector128<float> WidenInt20Low(Vector128<float> pairs, Vector128<float> remainders) =>
        Vector128.ConvertToSingle((pairs.AsInt32() << Int20Lanes.HighHalf) | (remainders.AsInt32() & Vector128.Create(Int20Lanes.Mask)));

    public static Vector128<float> WidenInt20High(Vector128<float> pairs, Vector128<float> remainders) =>
        Vector128.ConvertToSingle((pairs.AsInt32() & Vector128.Create(Int20Lanes.Upper)) | (remainders.AsInt32() & Vector128.Create(Int20Lanes.Mask)));
}
