using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Gpu.Kernels.Host;

namespace Gpu.Kernels.Inspection;

/// <summary>A kernel of the processor for one of its instruction sets: a method that the JIT compiles with all of its optimizations at once.</summary>
public sealed class HostKernel
{
    private readonly MethodInfo method;

    private HostKernel(MethodInfo method, HostInstructionSet instructionSet)
    {
        this.method = method;
        InstructionSet = instructionSet;
    }

    /// <summary>All that this processor can run, by name.</summary>
    public static IReadOnlyList<HostKernel> All { get; } =
    [
        .. from type in typeof(HostKernel).Assembly.GetTypes()
           where type.Namespace == typeof(HostDevice).Namespace
           from method in type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly)
           where method.MethodImplementationFlags.HasFlag(MethodImplAttributes.AggressiveOptimization)
           from set in Enum.GetValues<HostInstructionSet>()
           where HostInstructionSets.IsPresent(set)
           let kernel = new HostKernel(method, set)
           orderby kernel.Name
           select kernel,
    ];

    /// <summary>The instructions that it uses.</summary>
    public HostInstructionSet InstructionSet { get; }

    /// <summary>Type, method and instruction set, such as <c>DirectKernels.Rows6x4.avx512</c>.</summary>
    public string Name => $"{method.DeclaringType!.Name}.{method.Name}.{InstructionSet.ToString().ToLowerInvariant()}";

    /// <summary>The name by which <c>DOTNET_JitDisasm</c> finds it.</summary>
    public string JitName => $"{method.DeclaringType!.FullName}:{method.Name}";

    /// <summary>Compiles it now; nothing of it runs.</summary>
    public void Compile()
    {
        Type[] vectors = InstructionSet switch
        {
            HostInstructionSet.Avx512 => [typeof(Vectors512), typeof(Vector512<float>)],
            HostInstructionSet.Avx2 => [typeof(Vectors256), typeof(Vector256<float>)],
            _ => [typeof(Vectors128), typeof(Vector128<float>)],
        };
        RuntimeHelpers.PrepareMethod(method.MethodHandle, [.. vectors.Select(v => v.TypeHandle)]);
    }
}
