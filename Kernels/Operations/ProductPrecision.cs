namespace Gpu.Kernels.Operations;

/// <summary>
/// How the factors of an algorithm's products are rounded, sums being float32; and how activations are stored that are such factors next.
/// </summary>
public enum ProductPrecision
{
    /// <summary>Not at all.</summary>
    Float32,

    /// <summary>To float16: 11 significant bits, of numbers up to 65504.</summary>
    Float16,

    /// <summary>To bfloat16: 8 significant bits and the range of float32.</summary>
    BFloat16,

    /// <summary>To a tensor float of 32 bits: 11 significant bits and the range of float32.</summary>
    TensorFloat32,

    /// <summary>
    /// Each is the sum of two tensor floats, 22 significant bits, and each product three of theirs. Stored: four of the first, and then
    /// the second of the same four.
    /// </summary>
    TensorFloat32x3,

    /// <summary>Each is the sum of two bfloat16, 16 to 17 significant bits, and each product three of theirs.</summary>
    BFloat16x3,
}

/// <summary>How much memory values of a precision take.</summary>
internal static class StoredValue
{
    /// <summary>Bytes of a value; a tensor float takes those of a float32.</summary>
    public static int Bytes(ProductPrecision precision) => precision switch
    {
        ProductPrecision.Float16 or ProductPrecision.BFloat16 => sizeof(ushort),
        ProductPrecision.TensorFloat32x3 => 2 * sizeof(float),
        _ => sizeof(float),
    };
}
