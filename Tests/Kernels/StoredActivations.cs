using System.Runtime.InteropServices;
using Gpu.Kernels.Operations;
using Gpu.Tests.Reference;

namespace Gpu.Tests.Kernels;

/// <summary>Values as an accelerator's memory holds them in each precision, memory being given as float32.</summary>
internal static class StoredActivations
{
    private const int Group = 4;

    /// <summary>The memory of rounded values, a multiple of 4.</summary>
    public static float[] Encode(float[] values, ProductPrecision precision)
    {
        switch (precision)
        {
            case ProductPrecision.Float16:
                return MemoryMarshal.Cast<Half, float>(Array.ConvertAll(values, v => (Half)v)).ToArray();
            case ProductPrecision.BFloat16:
                return MemoryMarshal.Cast<ushort, float>(Array.ConvertAll(values, v => (ushort)(BitConverter.SingleToUInt32Bits(Rounding.BFloat16(v)) >> 16))).ToArray();
            case ProductPrecision.TensorFloat32:
                return Array.ConvertAll(values, Rounding.TensorFloat);
            case ProductPrecision.TensorFloat32x3:
                return [.. values.Chunk(Group).SelectMany(g => g.Select(Rounding.TensorFloat).Concat(g.Select(v => Rounding.TensorFloat(v - Rounding.TensorFloat(v)))))];
            default:
                return values;
        }
    }

    /// <summary>The values that memory holds.</summary>
    public static float[] Decode(float[] memory, ProductPrecision precision) => precision switch
    {
        ProductPrecision.Float16 => Array.ConvertAll(MemoryMarshal.Cast<float, Half>(memory).ToArray(), h => (float)h),
        ProductPrecision.BFloat16 => Array.ConvertAll(MemoryMarshal.Cast<float, ushort>(memory).ToArray(), b => BitConverter.UInt32BitsToSingle((uint)b << 16)),
        ProductPrecision.TensorFloat32x3 => [.. memory.Chunk(2 * Group).SelectMany(g => Enumerable.Range(0, Group).Select(i => g[i] + g[i + Group]))],
        _ => memory,
    };
}
