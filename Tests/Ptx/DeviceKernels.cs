using System.Globalization;
using System.Reflection;
using Gpu.Kernels.Cuda;
using Gpu.Kernels.Portable;
using ILGPU.Runtime.Cuda;

namespace Gpu.Tests.Ptx;

/// <summary>The kernels that an NVIDIA device may launch: the static methods whose names end in Kernel.</summary>
internal static class DeviceKernels
{
    /// <summary>The architectures that they are checked for: Turing, Ampere, Ada and Hopper.</summary>
    public static IReadOnlyList<CudaArchitecture> Architectures { get; } = [new(7, 5), new(8, 0), new(8, 6), new(8, 9), new(9, 0)];

    /// <summary>Kernels in plain C#.</summary>
    public static IEnumerable<MethodInfo> Portable => In("Gpu.Kernels.Portable");

    /// <summary>All that an architecture runs.</summary>
    public static IEnumerable<MethodInfo> Of(CudaArchitecture architecture) => Portable.Concat(In("Gpu.Kernels.Cuda")).Where(k => Supports(architecture, k));

    /// <summary>What the assembler is told to assemble a kernel for.</summary>
    public static string TargetOf(CudaArchitecture architecture, MethodInfo kernel) => kernel.GetCustomAttribute<LaunchBoundsAttribute>() is { ArchitectureSpecific: true } bounds
        ? bounds.SpecificTarget
        : string.Create(CultureInfo.InvariantCulture, $"sm_{architecture.Major}{architecture.Minor}");

    /// <summary>Type and method.</summary>
    public static string NameOf(MethodInfo kernel) => $"{kernel.DeclaringType!.Name}.{kernel.Name}";

    private static bool Supports(CudaArchitecture architecture, MethodInfo kernel) =>
        kernel.GetCustomAttribute<LaunchBoundsAttribute>()?.Supports(architecture) ?? true;

    private static IEnumerable<MethodInfo> In(string room) => typeof(AcceleratorDevice).Assembly.GetTypes()
        .Where(t => t.Namespace == room)
        .SelectMany(t => t.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Where(m => m.Name.EndsWith("Kernel", StringComparison.Ordinal))
        .OrderBy(NameOf, StringComparer.Ordinal);
}
