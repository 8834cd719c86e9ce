namespace Gpu.Loader.Checkpoints;

/// <summary>Types of a tensor's elements; the numbers are TensorFlow's DataType.</summary>
public enum ElementType
{
    /// <summary>IEEE 754 binary32.</summary>
    Float32 = 1,

    /// <summary>IEEE 754 binary64.</summary>
    Float64 = 2,

    /// <summary>32-bit signed integer.</summary>
    Int32 = 3,

    /// <summary>8-bit unsigned integer.</summary>
    UInt8 = 4,

    /// <summary>16-bit signed integer.</summary>
    Int16 = 5,

    /// <summary>8-bit signed integer.</summary>
    Int8 = 6,

    /// <summary>Byte strings of any length.</summary>
    String = 7,

    /// <summary>Two binary32: real and imaginary part.</summary>
    Complex64 = 8,

    /// <summary>64-bit signed integer.</summary>
    Int64 = 9,

    /// <summary>One byte, 0 or 1.</summary>
    Bool = 10,

    /// <summary>The upper half of a binary32.</summary>
    BFloat16 = 14,

    /// <summary>16-bit unsigned integer.</summary>
    UInt16 = 17,

    /// <summary>Two binary64: real and imaginary part.</summary>
    Complex128 = 18,

    /// <summary>IEEE 754 binary16.</summary>
    Float16 = 19,

    /// <summary>32-bit unsigned integer.</summary>
    UInt32 = 22,

    /// <summary>64-bit unsigned integer.</summary>
    UInt64 = 23,
}

/// <summary>Properties of element types.</summary>
public static class ElementTypes
{
    /// <summary>Bytes of one element; 0 for strings, which have no fixed size.</summary>
    public static int Size(this ElementType type) => type switch
    {
        ElementType.String => 0,
        ElementType.UInt8 or ElementType.Int8 or ElementType.Bool => 1,
        ElementType.Int16 or ElementType.UInt16 or ElementType.Float16 or ElementType.BFloat16 => 2,
        ElementType.Float32 or ElementType.Int32 or ElementType.UInt32 => 4,
        ElementType.Float64 or ElementType.Int64 or ElementType.UInt64 or ElementType.Complex64 => 8,
        ElementType.Complex128 => 16,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    /// <summary>The name that TensorFlow and NumPy use: <c>float32</c>, <c>bfloat16</c>, <c>string</c>.</summary>
    public static string Name(this ElementType type) => type.ToString().ToLowerInvariant();
}
