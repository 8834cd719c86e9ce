// How activations and weights are stored for tensor cores: rounded to the nearest and ties to even, of tensor floats ties away from zero:
// to float16 (beyond 65504 infinite), bfloat16 or tensor floats of 32 bits; or split into two tensor floats whose sum is the value to
// 22 bits, 4 of the first and then 4 of the second.
using Gpu.Kernels.Portable;
using ILGPU.Runtime.Cuda;

namespace Gpu.Kernels.Cuda;

/// <summary>A format of values in memory; a kernel takes one as a type argument.</summary>
internal interface IStoredFormat
{
    /// <summary>Bytes of a value.</summary>
    static abstract int ValueBytes { get; }

    /// <summary>Rounds four adjacent values and stores them.</summary>
    /// <param name="destination">Address of the first, aligned to the bytes of four.</param>
    /// <param name="values">The values.</param>
    static abstract void Store(long destination, Float4 values);

    /// <summary>Loads four adjacent values of float32, rounds and stores them.</summary>
    /// <param name="source">Address of the first, aligned to 16 bytes.</param>
    /// <param name="destination">Where it goes, aligned to the bytes of four.</param>
    static abstract void Convert(long source, long destination);
}

/// <summary>Pieces of the formats' assembly: <c>%0</c> is the address to store to, four values are in registers before they are rounded.</summary>
internal static class StoredFormatText
{
    /// <summary>Takes <c>%1</c> to <c>%4</c>.</summary>
    public const string Take =
        """
        { .reg .f32 value<4>; .reg .b32 first<4>, second<4>;
        mov.f32 value0, %1;
        mov.f32 value1, %2;
        mov.f32 value2, %3;
        mov.f32 value3, %4;

        """;

    /// <summary>Loads from the address <c>%1</c>.</summary>
    public const string Load = "{ .reg .f32 value<4>; .reg .b32 first<4>, second<4>;\nld.global.nc.v4.f32 {value0, value1, value2, value3}, [%1];\n";

    /// <summary>Stores two registers of halves.</summary>
    public const string StorePairs = "st.global.v2.b32 [%0], {first0, first1}; }";

    /// <summary>Rounds to tensor floats and stores them.</summary>
    public const string StoreFirst =
        """
        cvt.rna.tf32.f32 first0, value0;
        cvt.rna.tf32.f32 first1, value1;
        cvt.rna.tf32.f32 first2, value2;
        cvt.rna.tf32.f32 first3, value3;
        st.global.v4.b32 [%0], {first0, first1, first2, first3};

        """;

    /// <summary>Rounds what is left then, and stores it behind.</summary>
    public const string StoreRest =
        """
        sub.rn.f32 value0, value0, first0;
        sub.rn.f32 value1, value1, first1;
        sub.rn.f32 value2, value2, first2;
        sub.rn.f32 value3, value3, first3;
        cvt.rna.tf32.f32 second0, value0;
        cvt.rna.tf32.f32 second1, value1;
        cvt.rna.tf32.f32 second2, value2;
        cvt.rna.tf32.f32 second3, value3;
        st.global.v4.b32 [%0+16], {second0, second1, second2, second3};

        """;
}

/// <summary>Float32.</summary>
internal readonly struct Float32Format : IStoredFormat
{
    private const string Rest = "st.global.v4.f32 [%0], {value0, value1, value2, value3}; }";

    public static int ValueBytes => sizeof(float);

    public static void Store(long destination, Float4 values) => CudaAsm.Emit(StoredFormatText.Take + Rest, destination, values.X, values.Y, values.Z, values.W);

    public static void Convert(long source, long destination) => CudaAsm.Emit(StoredFormatText.Load + Rest, destination, source);
}

/// <summary>Float16.</summary>
internal readonly struct Float16Format : IStoredFormat
{
    private const string Rest = "cvt.rn.f16x2.f32 first0, value1, value0;\ncvt.rn.f16x2.f32 first1, value3, value2;\n" + StoredFormatText.StorePairs;

    public static int ValueBytes => sizeof(ushort);

    public static void Store(long destination, Float4 values) => CudaAsm.Emit(StoredFormatText.Take + Rest, destination, values.X, values.Y, values.Z, values.W);

    public static void Convert(long source, long destination) => CudaAsm.Emit(StoredFormatText.Load + Rest, destination, source);
}

/// <summary>Bfloat16.</summary>
internal readonly struct BFloat16Format : IStoredFormat
{
    private const string Rest = "cvt.rn.bf16x2.f32 first0, value1, value0;\ncvt.rn.bf16x2.f32 first1, value3, value2;\n" + StoredFormatText.StorePairs;

    public static int ValueBytes => sizeof(ushort);

    public static void Store(long destination, Float4 values) => CudaAsm.Emit(StoredFormatText.Take + Rest, destination, values.X, values.Y, values.Z, values.W);

    public static void Convert(long source, long destination) => CudaAsm.Emit(StoredFormatText.Load + Rest, destination, source);
}

/// <summary>Tensor floats.</summary>
internal readonly struct TensorFloat32Format : IStoredFormat
{
    private const string Rest = StoredFormatText.StoreFirst + "}";

    public static int ValueBytes => sizeof(float);

    public static void Store(long destination, Float4 values) => CudaAsm.Emit(StoredFormatText.Take + Rest, destination, values.X, values.Y, values.Z, values.W);

    public static void Convert(long source, long destination) => CudaAsm.Emit(StoredFormatText.Load + Rest, destination, source);
}

/// <summary>Sums of two tensor floats.</summary>
internal readonly struct TensorFloat32x3Format : IStoredFormat
{
    private const string Rest = StoredFormatText.StoreFirst + StoredFormatText.StoreRest + "}";

    public static int ValueBytes => 2 * sizeof(float);

    public static void Store(long destination, Float4 values) => CudaAsm.Emit(StoredFormatText.Take + Rest, destination, values.X, values.Y, values.Z, values.W);

    public static void Convert(long source, long destination) => CudaAsm.Emit(StoredFormatText.Load + Rest, destination, source);
}
