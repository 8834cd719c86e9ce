using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Devices;

/// <summary>What a roof is measured in.</summary>
public enum RoofUnit
{
    /// <summary>Floating-point operations a second, 2 a multiply-add.</summary>
    FlopsPerSecond,

    /// <summary>Bytes a second; of a copy those read and those written.</summary>
    BytesPerSecond,

    /// <summary>Seconds.</summary>
    Seconds,
}

/// <summary>A measured limit of a device.</summary>
/// <param name="Name">What is limited.</param>
/// <param name="Unit">What the value is in.</param>
/// <param name="Value">The best of several measurements.</param>
public sealed record Roof(string Name, RoofUnit Unit, double Value);

/// <summary>The limits of a device as measured on it by kernels that do one thing only: the 100 % of every share of a peak.</summary>
/// <param name="Items">All of them.</param>
public sealed record DeviceRoofs(IReadOnlyList<Roof> Items)
{
    /// <summary>Name of the bandwidth of the device's memory, reading on the CPU, copying elsewhere.</summary>
    public const string Memory = "memory";

    /// <summary>Bytes a second of the device's memory.</summary>
    public double? MemoryBytesPerSecond => Find(Memory);

    /// <summary>Name of the rate of products that are rounded so.</summary>
    public static string NameOf(ProductPrecision products) => products switch
    {
        ProductPrecision.Float16 => "float16 products",
        ProductPrecision.BFloat16 => "bfloat16 products",
        ProductPrecision.TensorFloat32 => "tensor float products",
        _ => "float32 multiply-adds",
    };

    /// <summary>Flops a second of multiply-adds whose products are rounded so; null where the device was not measured for them.</summary>
    public double? FlopsPerSecond(ProductPrecision products) => products switch
    {
        ProductPrecision.TensorFloat32x3 => Find(NameOf(ProductPrecision.TensorFloat32)) / 3,
        ProductPrecision.BFloat16x3 => Find(NameOf(ProductPrecision.BFloat16)) / 3,
        _ => Find(NameOf(products)),
    };

    private double? Find(string name) => Items.FirstOrDefault(r => r.Name == name)?.Value;
}
