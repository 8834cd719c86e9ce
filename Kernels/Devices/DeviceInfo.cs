namespace Gpu.Kernels.Devices;

/// <summary>Families of devices, in the order in which <c>auto</c> prefers them.</summary>
public enum DeviceKind
{
    /// <summary>NVIDIA GPU through its driver.</summary>
    Cuda,

    /// <summary>OpenCL device.</summary>
    OpenCL,

    /// <summary>This machine's processor, SIMD kernels.</summary>
    Cpu,

    /// <summary>ILGPU's CPU accelerator: a debugger for kernels, for tiny shapes.</summary>
    Simulator,
}

/// <summary>A device that is present.</summary>
/// <param name="Id">How it is asked for: <c>cuda:0</c>, <c>opencl:0</c>, <c>cpu</c>, <c>simulator</c>.</param>
/// <param name="Kind">Family.</param>
/// <param name="Name">The vendor's name of it.</param>
/// <param name="MemoryBytes">Memory in bytes; for the CPU what the process may use.</param>
/// <param name="Driver">Driver and version; for the CPU the instruction set chosen.</param>
public sealed record DeviceInfo(string Id, DeviceKind Kind, string Name, long MemoryBytes, string Driver);

/// <summary>A family of which no device is usable here.</summary>
/// <param name="Kind">Family.</param>
/// <param name="Reason">What is missing and what would mend it, one sentence.</param>
public sealed record MissingDevice(DeviceKind Kind, string Reason);
