using System.Reflection;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace Gpu.Kernels.Cuda;

/// <summary>What a kernel is compiled for, as CUDA's <c>__launch_bounds__</c>: the assembler divides the registers accordingly.</summary>
/// <param name="threads">Threads of a group.</param>
/// <param name="groups">Groups that are to share a multiprocessor.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LaunchBoundsAttribute(int threads, int groups) : Attribute
{
    /// <summary>The first compute capability that has the kernel's instructions, as 10 times major plus minor.</summary>
    public int Capability { get; init; } = 75;

    /// <summary>
    /// Whether it has instructions of this very architecture, which newer ones need not have; <see cref="ArchitectureSpecificKernel"/> compiles it.
    /// </summary>
    public bool ArchitectureSpecific { get; init; }

    /// <summary>What an architecture-specific kernel is compiled for, such as <c>sm_90a</c>.</summary>
    public string SpecificTarget => $"sm_{Capability}a";

    /// <summary>Groups that are to share a multiprocessor.</summary>
    public int Groups => groups;

    /// <summary>The bounds as ILGPU takes them.</summary>
    public KernelSpecialization Specialization => new(threads, groups);

    /// <summary>The bounds of a kernel that has some.</summary>
    public static LaunchBoundsAttribute Find(Delegate kernel) => kernel.Method.GetCustomAttribute<LaunchBoundsAttribute>()!;

    /// <summary>Whether a device of this architecture runs the kernel.</summary>
    public bool Supports(CudaArchitecture architecture) =>
        (architecture.Major * 10) + architecture.Minor is var capability && (ArchitectureSpecific ? capability == Capability : capability >= Capability);
}
