using System.Collections.Concurrent;
using System.Reflection;
using Gpu.Kernels.Cuda;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Gpu.Kernels.Inspection;

/// <summary>Compiles kernels to PTX with the settings of the product's devices, without a GPU or its driver.</summary>
internal sealed class KernelCompiler : IDisposable
{
    /// <summary>The version of PTX whose instructions the kernels use: that of CUDA 11.8, the first to know sm_90.</summary>
    public static readonly CudaInstructionSet Instructions = new(7, 8);

    private static readonly ConcurrentDictionary<MethodInfo, string> Compiled = [];

    private readonly Context context = AcceleratorDevice.CreateContext(_ => { });
    private readonly PTXBackend backend;
    private readonly Lazy<PTXBackend> specificBackend;

    /// <summary>Prepares for an architecture and a version of PTX, without NVIDIA's NVVM library, which ILGPU needs for libdevice functions only.</summary>
    public KernelCompiler(CudaArchitecture architecture, CudaInstructionSet instructions)
    {
        backend = new PTXBackend(context, architecture, instructions, null!);
        specificBackend = new(() => new PTXBackend(context, architecture, ArchitectureSpecificKernel.Instructions, null!));
    }

    /// <summary>Compiles a kernel, an architecture-specific one with the PTX that it needs.</summary>
    public PTXCompiledKernel Compile(MethodInfo kernel)
    {
        var bounds = kernel.GetCustomAttribute<LaunchBoundsAttribute>();
        if (bounds is { ArchitectureSpecific: true })
        {
            return ArchitectureSpecificKernel.Compile(specificBackend.Value, kernel);
        }

        return (PTXCompiledKernel)backend.Compile(EntryOf(kernel), bounds?.Specialization ?? KernelSpecialization.Empty);
    }

    /// <summary>A kernel's entry point; a first parameter of type Index1D marks those that ILGPU groups itself.</summary>
    public static EntryPointDescription EntryOf(MethodInfo kernel) => kernel.GetParameters()[0].ParameterType == typeof(Index1D)
        ? EntryPointDescription.FromImplicitlyGroupedKernel(kernel)
        : EntryPointDescription.FromExplicitlyGroupedKernel(kernel);

    /// <summary>The PTX of a kernel for sm_80, the target that ILGPU gives all newer architectures, or for its own.</summary>
    public static string Ptx(Delegate kernel) => Compiled.GetOrAdd(kernel.Method, method =>
    {
        var isSpecific = method.GetCustomAttribute<LaunchBoundsAttribute>() is { ArchitectureSpecific: true };
        using var compiler = new KernelCompiler(isSpecific ? new CudaArchitecture(9, 0) : new CudaArchitecture(8, 0), Instructions);
        return compiler.Compile(method).PTXAssembly;
    });

    public void Dispose()
    {
        backend.Dispose();
        if (specificBackend.IsValueCreated)
        {
            specificBackend.Value.Dispose();
        }

        context.Dispose();
    }
}
