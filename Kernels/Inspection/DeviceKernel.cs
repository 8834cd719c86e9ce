using System.Reflection;
using System.Runtime.CompilerServices;
using Gpu.Kernels.Cuda;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace Gpu.Kernels.Inspection;

/// <summary>A kernel of the accelerators, and what ILGPU makes of it: no device is needed to see that.</summary>
public sealed class DeviceKernel
{
    /// <summary>A compute capability that all of the kernels run on.</summary>
    public const int DefaultCapability = 80;

    /// <summary>The version of PTX whose instructions the kernels use: that of CUDA 11.8, the first to know compute capability 9.0.</summary>
    private static readonly CudaInstructionSet Instructions = new(7, 8);

    private readonly MethodInfo method;
    private readonly LaunchBoundsAttribute? bounds;

    internal DeviceKernel(MethodInfo method)
    {
        this.method = method;
        bounds = method.GetCustomAttribute<LaunchBoundsAttribute>();
    }

    /// <summary>All of them, by name: the static methods whose names end in Kernel.</summary>
    public static IReadOnlyList<DeviceKernel> All { get; } =
    [
        .. typeof(DeviceKernel).Assembly.GetTypes().Where(t => t.Namespace is "Gpu.Kernels.Portable" or "Gpu.Kernels.Cuda")
            .SelectMany(t => t.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(m => m.Name.EndsWith("Kernel", StringComparison.Ordinal)).Select(m => new DeviceKernel(m)).OrderBy(k => k.Name, StringComparer.Ordinal),
    ];

    /// <summary>Type and method, such as <c>ImplicitGemmConvolution.Kernel</c>.</summary>
    public string Name => $"{method.DeclaringType!.Name}.{method.Name}";

    /// <summary>Whether it is plain C#, which runs on every accelerator; others are in inline PTX.</summary>
    public bool IsPortable => method.DeclaringType!.Namespace == "Gpu.Kernels.Portable";

    /// <summary>The first compute capability that has its instructions, as 10 times major plus minor.</summary>
    public int Capability => (bounds ?? new LaunchBoundsAttribute(0, 0)).Capability;

    /// <summary>The name of the architecture that the PTX for a compute capability is assembled for: <c>sm_80</c>, or <c>sm_90a</c> of a kernel with instructions of that very one.</summary>
    public string Architecture(int capability) => $"sm_{capability}{(bounds is { ArchitectureSpecific: true } ? "a" : string.Empty)}";

    /// <summary>Whether devices of a compute capability run it.</summary>
    public bool Supports(int capability) => bounds?.Supports(new CudaArchitecture(capability / 10, capability % 10)) ?? capability >= Capability;

    /// <summary>The PTX for a compute capability, as the product's devices compile it.</summary>
    /// <param name="capability">10 times major plus minor; from 80 on ILGPU writes the same.</param>
    public string Ptx(int capability)
    {
        var isSpecific = bounds is { ArchitectureSpecific: true };
        using var context = AcceleratorDevice.CreateContext(_ => { });

        // Without NVIDIA's NVVM library, which ILGPU needs for libdevice's functions only.
        using var backend = new PTXBackend(
            context, new CudaArchitecture(capability / 10, capability % 10), isSpecific ? ArchitectureSpecificKernel.Instructions : Instructions, null!);
        var compiled = isSpecific
            ? ArchitectureSpecificKernel.Compile(backend, method)
            : (PTXCompiledKernel)backend.Compile(Entry, bounds?.Specialization ?? KernelSpecialization.Empty);
        return compiled.PTXAssembly;
    }

    /// <summary>The OpenCL C for a device of OpenCL 3.0 with generic address spaces.</summary>
    /// <exception cref="DeviceException">The kernel is in inline PTX.</exception>
    public string OpenCL()
    {
        if (!IsPortable)
        {
            throw new DeviceException($"Kernel {Name} is in inline PTX and has no OpenCL.");
        }

        using var context = AcceleratorDevice.CreateContext(_ => { });
        var capabilities = CreateCapabilities(true, true, true, true, true);
        using var backend = new CLBackend(context, capabilities, CLDeviceVendor.Other, new CLCVersion(3, 0));
        return ((CLCompiledKernel)backend.Compile(Entry, KernelSpecialization.Empty)).Source;
    }

    /// <summary>A first parameter of type Index1D marks kernels that ILGPU groups itself.</summary>
    private EntryPointDescription Entry => method.GetParameters()[0].ParameterType == typeof(Index1D)
        ? EntryPointDescription.FromImplicitlyGroupedKernel(method)
        : EntryPointDescription.FromExplicitlyGroupedKernel(method);

    /// <summary>What ILGPU otherwise asks a device for.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern CLCapabilityContext CreateCapabilities(bool subGroups, bool float16, bool float64, bool int64Atomics, bool genericAddressSpace);
}
