// The calls of NVIDIA's driver that ILGPU does not have: graphs, events, copies that are not waited for. Each needs the context of
// its device on the calling thread, as inside Device.Enter. Names and meanings: CUDA driver API reference manual.
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Gpu.Kernels.Devices;

namespace Gpu.Kernels.Cuda.Driver;

/// <summary>Calls of the driver; each that fails throws a <see cref="DriverException"/> that names it.</summary>
internal static unsafe partial class CudaDriver
{
    /// <summary>What other threads do with the device meanwhile, such as the finalizer, does not disturb a capture.</summary>
    private const int CaptureModeThreadLocal = 1;

    /// <summary>An event that orders work and measures no time is cheaper.</summary>
    private const uint EventDisableTiming = 2;

    private const int FunctionMaximumDynamicShared = 8;

    private const int AttributeMultiprocessors = 16;

    /// <summary>Room for a device's name.</summary>
    private const int NameBytes = 256;

    /// <summary>Asks for devices and their properties, as ILGPU does, which leaves out a device whose properties are refused.</summary>
    public static void CheckDevices()
    {
        Check(cuInit(0));
        Check(cuDriverGetVersion(out _));
        Check(cuDeviceGetCount(out var count));
        var name = stackalloc byte[NameBytes];
        for (var ordinal = 0; ordinal < count; ordinal++)
        {
            Check(cuDeviceGet(out var device, ordinal));
            Check(cuDeviceGetName(name, NameBytes, device));
            Check(cuDeviceTotalMem_v2(out _, device));
            Check(cuDeviceGetAttribute(out _, AttributeMultiprocessors, device));
        }
    }

    /// <summary>Bytes of the device's memory that no process uses.</summary>
    public static long FreeMemory()
    {
        Check(cuMemGetInfo_v2(out var free, out _));
        return (long)free;
    }

    /// <summary>Allocates memory of the host that the device reads and writes directly.</summary>
    public static nint AllocatePinned(long bytes)
    {
        Check(cuMemHostAlloc(out var memory, (nuint)bytes, 0));
        return memory;
    }

    /// <summary>Frees memory of <see cref="AllocatePinned"/>.</summary>
    public static void FreePinned(nint memory) => Check(cuMemFreeHost(memory));

    /// <summary>Queues a copy to the device; the source must stay as it is until it is done.</summary>
    public static void CopyToDevice(nint destination, nint source, long bytes, nint stream) =>
        Check(cuMemcpyHtoDAsync_v2(destination, source, (nuint)bytes, stream));

    /// <summary>Queues a copy to pinned memory of the host.</summary>
    public static void CopyToHost(nint destination, nint source, long bytes, nint stream) =>
        Check(cuMemcpyDtoHAsync_v2(destination, source, (nuint)bytes, stream));

    /// <summary>Turns what is queued on a stream into a graph instead of running it.</summary>
    public static void BeginCapture(nint stream) => Check(cuStreamBeginCapture_v2(stream, CaptureModeThreadLocal));

    /// <summary>The graph of what was queued since <see cref="BeginCapture"/>.</summary>
    public static nint EndCapture(nint stream)
    {
        Check(cuStreamEndCapture(stream, out var graph));
        return graph;
    }

    /// <summary>Leaves a capture that has failed; the failure has its own message.</summary>
    public static void AbandonCapture(nint stream)
    {
        if (cuStreamEndCapture(stream, out var graph) == 0 && graph != 0)
        {
            _ = cuGraphDestroy(graph);
        }
    }

    /// <summary>Makes a graph executable.</summary>
    public static nint Instantiate(nint graph)
    {
        Check(cuGraphInstantiateWithFlags(out var executable, graph, 0));
        return executable;
    }

    /// <summary>Queues all of a graph.</summary>
    public static void Launch(nint executable, nint stream) => Check(cuGraphLaunch(executable, stream));

    /// <summary>Releases a graph.</summary>
    public static void DestroyGraph(nint graph) => Check(cuGraphDestroy(graph));

    /// <summary>Releases an executable graph.</summary>
    public static void DestroyExecutable(nint executable) => Check(cuGraphExecDestroy(executable));

    /// <summary>Makes an event that orders streams.</summary>
    public static nint CreateEvent()
    {
        Check(cuEventCreate(out var handle, EventDisableTiming));
        return handle;
    }

    /// <summary>Marks what is queued on a stream up to now.</summary>
    public static void Record(nint handle, nint stream) => Check(cuEventRecord(handle, stream));

    /// <summary>Waits until what an event marks is done; at once if it marks nothing.</summary>
    public static void Wait(nint handle) => Check(cuEventSynchronize(handle));

    /// <summary>Lets what is queued on a stream from now on wait for what an event marks.</summary>
    public static void Await(nint stream, nint handle) => Check(cuStreamWaitEvent(stream, handle, 0));

    /// <summary>Releases an event.</summary>
    public static void DestroyEvent(nint handle) => Check(cuEventDestroy_v2(handle));

    /// <summary>Lets a kernel be launched with so many bytes of dynamic shared memory, where that is more than 48 KiB.</summary>
    public static void AllowDynamicShared(nint function, int bytes) => Check(cuFuncSetAttribute(function, FunctionMaximumDynamicShared, bytes));

    /// <summary>Releases a context with all that was made in it.</summary>
    public static void DestroyContext(nint context) => Check(cuCtxDestroy_v2(context));

    private static void Check(int result, [CallerArgumentExpression(nameof(result))] string call = "")
    {
        if (result != 0)
        {
            throw new DriverException(call[..call.IndexOf('(', StringComparison.Ordinal)], ErrorName(result));
        }
    }

    private static string ErrorName(int result) =>
        cuGetErrorName(result, out var name) == 0 ? Marshal.PtrToStringUTF8(name)! : $"error {result}";

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuGetErrorName(int error, out nint name);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuInit(uint flags);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuDriverGetVersion(out int version);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuDeviceGetCount(out int count);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuDeviceGet(out int device, int ordinal);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuDeviceGetName(byte* name, int length, int device);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuDeviceTotalMem_v2(out nuint bytes, int device);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuDeviceGetAttribute(out int value, int attribute, int device);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuFuncSetAttribute(nint function, int attribute, int value);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuCtxDestroy_v2(nint context);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuMemGetInfo_v2(out nuint free, out nuint total);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuMemHostAlloc(out nint memory, nuint bytes, uint flags);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuMemFreeHost(nint memory);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuMemcpyHtoDAsync_v2(nint destination, nint source, nuint bytes, nint stream);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuMemcpyDtoHAsync_v2(nint destination, nint source, nuint bytes, nint stream);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuStreamBeginCapture_v2(nint stream, int mode);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuStreamEndCapture(nint stream, out nint graph);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuStreamWaitEvent(nint stream, nint handle, uint flags);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuGraphInstantiateWithFlags(out nint executable, nint graph, ulong flags);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuGraphLaunch(nint executable, nint stream);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuGraphDestroy(nint graph);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuGraphExecDestroy(nint executable);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuEventCreate(out nint handle, uint flags);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuEventRecord(nint handle, nint stream);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuEventSynchronize(nint handle);

    [LibraryImport(NativeLibraries.Cuda)]
    private static partial int cuEventDestroy_v2(nint handle);
}
