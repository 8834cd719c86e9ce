using System.Runtime.InteropServices;
using System.Text;

namespace Gpu.Engine.Tracing;

/// <summary>
/// Named ranges on the time line of NVIDIA's profilers, by their library NVTX where it is installed: a range covers the queueing of
/// a layer's kernels, under which Nsight Systems shows them.
/// </summary>
internal static unsafe class NvidiaRanges
{
    private static readonly string[] Names = OperatingSystem.IsWindows() ? ["nvToolsExt64_1"] : ["libnvToolsExt.so.1", "libnvToolsExt.so"];

    private static readonly delegate* unmanaged<byte*, int> Push;
    private static readonly delegate* unmanaged<int> Pop;

    static NvidiaRanges()
    {
        foreach (var name in Names)
        {
            if (NativeLibrary.TryLoad(name, out var library) && NativeLibrary.TryGetExport(library, "nvtxRangePushA", out var push)
                && NativeLibrary.TryGetExport(library, "nvtxRangePop", out var pop))
            {
                Push = (delegate* unmanaged<byte*, int>)push;
                Pop = (delegate* unmanaged<int>)pop;
                return;
            }
        }
    }

    /// <summary>Whether the library is here.</summary>
    public static bool IsEnabled => Push != null;

    /// <summary>Begins a range of this thread.</summary>
    public static void Begin(string name)
    {
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
        {
            Push(text);
        }
    }

    /// <summary>Ends the range that this thread began last.</summary>
    public static void End() => Pop();
}
