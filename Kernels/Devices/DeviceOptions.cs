namespace Gpu.Kernels.Devices;

/// <summary>What may be chosen when a device is opened.</summary>
public sealed record DeviceOptions
{
    /// <summary>Threads of the CPU device; null takes one per processor. GPUs ignore it.</summary>
    public int? Threads { get; init; }

    /// <summary>Who adds algorithms to the device's own, in this order; see <see cref="KernelLibrary"/>.</summary>
    public IReadOnlyList<IAlgorithmProvider> AlgorithmProviders { get; init; } = [];
}
