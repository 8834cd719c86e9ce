using System.Collections.Frozen;

namespace Gpu.Loader.Checkpoints.Safetensors;

/// <summary>Names of element types in a safetensors header.</summary>
internal static class SafetensorsTypes
{
    /// <summary>By name.</summary>
    public static readonly FrozenDictionary<string, ElementType> ByName = new Dictionary<string, ElementType>
    {
        ["F64"] = ElementType.Float64,
        ["F32"] = ElementType.Float32,
        ["F16"] = ElementType.Float16,
        ["BF16"] = ElementType.BFloat16,
        ["I64"] = ElementType.Int64,
        ["I32"] = ElementType.Int32,
        ["I16"] = ElementType.Int16,
        ["I8"] = ElementType.Int8,
        ["U64"] = ElementType.UInt64,
        ["U32"] = ElementType.UInt32,
        ["U16"] = ElementType.UInt16,
        ["U8"] = ElementType.UInt8,
        ["BOOL"] = ElementType.Bool,
        ["C64"] = ElementType.Complex64,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>By type; types that the format lacks are absent.</summary>
    public static readonly FrozenDictionary<ElementType, string> Names = ByName.ToFrozenDictionary(p => p.Value, p => p.Key);
}
