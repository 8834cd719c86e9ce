using System.Reflection;
using System.Runtime.CompilerServices;
using Gpu.Kernels.Cuda.Driver;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;

namespace Gpu.Kernels.Cuda;

/// <summary>
/// Loads kernels with instructions of one architecture only. ILGPU names at most <c>sm_80</c> as the target of its PTX, where these need
/// <c>sm_90a</c>; only the text of that line differs.
/// </summary>
internal static class ArchitectureSpecificKernel
{
    private const string Directive = ".target ";

    /// <summary>The first version of PTX that knows warpgroups' products and bulk copies.</summary>
    public static readonly CudaInstructionSet Instructions = new(8, 0);

    /// <summary>Whether a device runs the kernel, and its driver takes its PTX.</summary>
    public static bool IsSupported(CudaAccelerator accelerator, Delegate kernel) =>
        LaunchBoundsAttribute.Find(kernel).Supports(accelerator.Architecture) && accelerator.InstructionSet >= Instructions;

    /// <summary>Compiles and loads a kernel.</summary>
    /// <param name="accelerator">The device's.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="dynamicSharedBytes">Most bytes of dynamic shared memory that it is launched with.</param>
    /// <typeparam name="TLauncher">Takes a stream, a configuration and the kernel's arguments.</typeparam>
    public static TLauncher Load<TLauncher>(CudaAccelerator accelerator, Delegate kernel, int dynamicSharedBytes)
        where TLauncher : Delegate
    {
        var loaded = (CudaKernel)accelerator.LoadKernel(Compile(accelerator.Backend, kernel.Method));
        CudaDriver.AllowDynamicShared(loaded.FunctionPtr, dynamicSharedBytes);
        return loaded.CreateLauncherDelegate<TLauncher>();
    }

    /// <summary>Compiles a kernel for its architecture.</summary>
    public static PTXCompiledKernel Compile(Backend backend, MethodInfo kernel)
    {
        var bounds = kernel.GetCustomAttribute<LaunchBoundsAttribute>()!;
        var compiled = (PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel), bounds.Specialization);
        ref var text = ref PtxOf(compiled);
        var start = text.IndexOf(Directive, StringComparison.Ordinal);
        var end = text.IndexOf('\n', start);
        text = $"{text[..start]}{Directive}{bounds.SpecificTarget}{text[end..]}";
        return compiled;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<PTXAssembly>k__BackingField")]
    private static extern ref string PtxOf(PTXCompiledKernel kernel);
}
