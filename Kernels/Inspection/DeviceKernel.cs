using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using Gpu.Kernels.Cuda;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Portable;
using ILGPU.Backends.OpenCL;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace Gpu.Kernels.Inspection;

/// <summary>A kernel of the accelerators, and what ILGPU makes of it: no device is needed to see that.</summary>
public sealed class DeviceKernel
{
    /// <summary>A compute capability that most of the kernels run on.</summary>
    public const int DefaultCapability = 80;

    private readonly LaunchBoundsAttribute? bounds;

    internal DeviceKernel(MethodInfo method)
    {
        Method = method;
        IsPortable = method.DeclaringType!.Namespace != typeof(CudaCoreConvolution).Namespace;
        bounds = method.GetCustomAttribute<LaunchBoundsAttribute>();
    }

    /// <summary>All of them, those in plain C# first: the static methods whose names end in Kernel.</summary>
    public static IReadOnlyList<DeviceKernel> All { get; } = [.. In(typeof(AcceleratorDevice)), .. In(typeof(CudaCoreConvolution))];

    /// <summary>The kernels, named so too, of the libraries that providers or algorithms come from.</summary>
    /// <param name="members">Objects of those libraries.</param>
    public static IEnumerable<DeviceKernel> Of(IEnumerable<object> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        return members.Select(m => m.GetType().Assembly).Distinct().SelectMany(library => In(library.GetTypes()));
    }

    /// <summary>Type and method, such as <c>ImplicitGemmConvolution.Kernel</c>.</summary>
    public string Name => $"{Method.DeclaringType!.Name}.{Method.Name}";

    /// <summary>Whether it is plain C#, which runs on every accelerator; others are in inline PTX.</summary>
    public bool IsPortable { get; }

    /// <summary>The first compute capability that has its instructions, as 10 times major plus minor.</summary>
    public int Capability => (bounds ?? new LaunchBoundsAttribute(0, 0)).Capability;

    /// <summary>The kernel as ILGPU takes it.</summary>
    internal MethodInfo Method { get; }

    /// <summary>Whether devices of a compute capability, 10 times major plus minor, run it.</summary>
    public bool Supports(int capability) => bounds?.Supports(ArchitectureOf(capability)) ?? capability >= Capability;

    /// <summary>What the PTX for a compute capability is assembled for: <c>sm_80</c>, or <c>sm_90a</c> of a kernel with instructions of that very one.</summary>
    public string TargetOf(int capability) =>
        bounds is { ArchitectureSpecific: true } ? bounds.SpecificTarget : string.Create(CultureInfo.InvariantCulture, $"sm_{capability}");

    /// <summary>The PTX for a compute capability, as the product's devices compile it.</summary>
    /// <param name="capability">10 times major plus minor.</param>
    public string Ptx(int capability)
    {
        using var compiler = new KernelCompiler(ArchitectureOf(capability), KernelCompiler.Instructions);
        return compiler.Compile(Method).PTXAssembly;
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
        using var backend = new CLBackend(context, CreateCapabilities(true, true, true, true, true), CLDeviceVendor.Other, new CLCVersion(3, 0));
        return ((CLCompiledKernel)backend.Compile(KernelCompiler.EntryOf(Method), KernelSpecialization.Empty)).Source;
    }

    private static CudaArchitecture ArchitectureOf(int capability) => new(capability / 10, capability % 10);

    private static IEnumerable<DeviceKernel> In(Type room) => In(room.Assembly.GetTypes().Where(t => t.Namespace == room.Namespace));

    private static IEnumerable<DeviceKernel> In(IEnumerable<Type> types) => types
        .SelectMany(t => t.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Where(m => m.Name.EndsWith("Kernel", StringComparison.Ordinal))
        .Select(m => new DeviceKernel(m))
        .OrderBy(k => k.Name, StringComparer.Ordinal);

    /// <summary>What ILGPU otherwise asks a device for.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern CLCapabilityContext CreateCapabilities(bool subGroups, bool float16, bool float64, bool int64Atomics, bool genericAddressSpace);
}
