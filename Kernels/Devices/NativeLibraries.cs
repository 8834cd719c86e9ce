using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;

namespace Gpu.Kernels.Devices;

/// <summary>
/// Finds the drivers under the names that they are installed by. ILGPU imports <c>cuda</c> and <c>OpenCL</c>, that is
/// <c>libcuda.so</c> and <c>libOpenCL.so</c>: names that on Linux only come with development packages, so that it would find no
/// device where only a driver is installed.
/// </summary>
internal static class NativeLibraries
{
    /// <summary>The name under which NVIDIA's driver is imported, by ILGPU and here.</summary>
    public const string Cuda = "cuda";

    private static readonly string[] CudaNames = OperatingSystem.IsWindows() ? ["nvcuda"] : ["libcuda.so.1", "libcuda.so"];

    private static readonly Lazy<bool> Registered = new(Register);

    /// <summary>Whether the NVIDIA driver's library can be loaded. Also lets ILGPU find it.</summary>
    public static bool HasCuda() => Has(CudaNames);

    /// <summary>Whether an OpenCL loader can be loaded. Also lets ILGPU find it.</summary>
    public static bool HasOpenCl() => Has(OperatingSystem.IsWindows() ? ["OpenCL"] : ["libOpenCL.so", "libOpenCL.so.1"]);

    private static bool Has(string[] names) =>
        Registered.Value && Array.Exists(names, name => NativeLibrary.TryLoad(name, out _));

    private static bool Register()
    {
        NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, ResolveCuda);

        // Under Windows' subsystem for Linux ILGPU has a resolver of its own, and an assembly can have only one.
        if (OperatingSystem.IsLinux() && !IsWindowsSubsystem())
        {
            NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, Resolve);
        }

        return true;
    }

    /// <summary>Loads NVIDIA's driver for this assembly's own imports.</summary>
    private static nint ResolveCuda(string name, Assembly assembly, DllImportSearchPath? path)
    {
        nint driver = 0;
        return name == Cuda && Array.Exists(CudaNames, candidate => NativeLibrary.TryLoad(candidate, out driver)) ? driver : 0;
    }

    /// <summary>Loads a driver by its soname; zero leaves the import to the default search.</summary>
    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name switch
    {
        Cuda => ResolveCuda(name, assembly, path),
        "OpenCL" when NativeLibrary.TryLoad("libOpenCL.so", out var loader) => loader,
        "OpenCL" when NativeLibrary.TryLoad("libOpenCL.so.1", out var loader) => loader,
        _ => 0,
    };

    private static bool IsWindowsSubsystem() =>
        File.Exists("/proc/version") && File.ReadAllText("/proc/version").Contains("microsoft", StringComparison.OrdinalIgnoreCase);
}
