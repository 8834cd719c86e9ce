namespace Gpu.Kernels.Operations;

/// <summary>How the factors of an algorithm's products are rounded; sums are float32.</summary>
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

    /// <summary>Each is the sum of two tensor floats, 22 significant bits, and each product three of theirs.</summary>
    TensorFloat32x3,
}
