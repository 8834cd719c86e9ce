using System.Diagnostics;
using ILGPU.Runtime.Cuda;

namespace Gpu.Kernels.Cuda.Driver;

/// <summary>
/// The functions of the driver that ILGPU calls. Its exceptions have the driver's error without the function; the method that threw tells it.
/// Those for releasing are not here: what they return is not reported.
/// </summary>
internal static class IlgpuCalls
{
    private const string Constructor = ".ctor";

    /// <summary>Methods of ILGPU that check results of the driver, and whose. A launcher is made at run time and has no type.</summary>
    private static readonly Dictionary<(Type? Type, string Method), string> Functions = new()
    {
        [(typeof(CudaAccelerator), Constructor)] = "cuCtxCreate_v2, cuCtxGetSharedMemConfig or cuCtxGetCacheConfig",
        [(typeof(CudaAccelerator), "OnBind")] = "cuCtxSetCurrent",
        [(typeof(CudaAccelerator), "OnUnbind")] = "cuCtxSetCurrent",
        [(typeof(CudaAccelerator), "SynchronizeInternal")] = "cuCtxSynchronize",
        [(typeof(CudaAccelerator), "EstimateGroupSizeInternal")] = "cuOccupancyMaxPotentialBlockSize",
        [(typeof(CudaStream), Constructor)] = "cuStreamCreate",
        [(typeof(CudaStream), "Synchronize")] = "cuStreamSynchronize",
        [(typeof(CudaMemoryBuffer), Constructor)] = "cuMemAlloc_v2",
        [(typeof(CudaMemoryBuffer), "CudaCopy")] = "cuMemcpyAsync",
        [(typeof(CudaKernel), Constructor)] = "cuModuleLoadDataEx or cuModuleGetFunction",
        [(null, "ILGPULauncher")] = "cuLaunchKernel",
    };

    /// <summary>Function and error in words, as a <see cref="DriverException"/> has them.</summary>
    public static string Explain(CudaException failure)
    {
        var functions = new StackTrace(failure).GetFrames()
            .Select(f => f.GetMethod())
            .Select(m => m is null ? null : Functions.GetValueOrDefault((m.DeclaringType, m.Name)))
            .FirstOrDefault(f => f is not null);
        return functions is null ? $"{failure.Error}: {failure.Message}" : DriverException.Explain(functions, failure.Error.ToString());
    }
}
