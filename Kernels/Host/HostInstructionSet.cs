using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Gpu.Kernels.Devices;

namespace Gpu.Kernels.Host;

/// <summary>Vector instructions that the CPU kernels are compiled for.</summary>
public enum HostInstructionSet
{
    /// <summary>128-bit vectors: NEON, or any x64.</summary>
    Vector128,

    /// <summary>256-bit vectors with fused multiply-add.</summary>
    Avx2,

    /// <summary>512-bit vectors.</summary>
    Avx512,
}

/// <summary>What this processor has.</summary>
internal static class HostInstructionSets
{
    /// <summary>The widest present.</summary>
    public static HostInstructionSet Best =>
        IsPresent(HostInstructionSet.Avx512) ? HostInstructionSet.Avx512
        : IsPresent(HostInstructionSet.Avx2) ? HostInstructionSet.Avx2
        : HostInstructionSet.Vector128;

    public static bool IsPresent(HostInstructionSet instructionSet) => instructionSet switch
    {
        HostInstructionSet.Avx512 => Vector512.IsHardwareAccelerated && Avx512F.IsSupported,
        HostInstructionSet.Avx2 => Avx2.IsSupported && Fma.IsSupported,
        _ => true,
    };

    /// <summary>The set itself if present.</summary>
    /// <exception cref="DeviceException">It is absent.</exception>
    public static HostInstructionSet Require(HostInstructionSet instructionSet) => IsPresent(instructionSet)
        ? instructionSet
        : throw new DeviceException($"This processor has no {DisplayName(instructionSet)} instructions; it has {DisplayName(Best)}.");

    public static string DisplayName(HostInstructionSet instructionSet) => instructionSet switch
    {
        HostInstructionSet.Avx512 => "AVX-512",
        HostInstructionSet.Avx2 => "AVX2",
        _ => "128-bit vector",
    };
}
