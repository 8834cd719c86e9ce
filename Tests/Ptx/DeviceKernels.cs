using System.Reflection;
using Gpu.Kernels.Inspection;
using ILGPU.Runtime.Cuda;

namespace Gpu.Tests.Ptx;

/// <summary>The kernels that an NVIDIA device may launch.</summary>
internal static class DeviceKernels
{
    /// <summary>The architectures that they are checked for: Turing, Ampere, Ada and Hopper.</summary>
    public static IReadOnlyList<CudaArchitecture> Architectures { get; } = [new(7, 5), new(8, 0), new(8, 6), new(8, 9), new(9, 0)];

    /// <summary>Kernels in plain C#.</summary>
    public static IEnumerable<MethodInfo> Portable => DeviceKernel.All.Where(k => k.IsPortable).Select(k => k.Method);

    /// <summary>All that an architecture runs.</summary>
    public static IEnumerable<MethodInfo> Of(CudaArchitecture architecture) =>
        DeviceKernel.All.Where(k => k.Supports(CapabilityOf(architecture))).Select(k => k.Method);

    /// <summary>What the assembler is told to assemble a kernel for.</summary>
    public static string TargetOf(CudaArchitecture architecture, MethodInfo kernel) => new DeviceKernel(kernel).TargetOf(CapabilityOf(architecture));

    /// <summary>Type and method.</summary>
    public static string NameOf(MethodInfo kernel) => new DeviceKernel(kernel).Name;

    private static int CapabilityOf(CudaArchitecture architecture) => (architecture.Major * 10) + architecture.Minor;
}
