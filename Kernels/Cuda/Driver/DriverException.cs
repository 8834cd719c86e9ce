using ILGPU.Runtime;

namespace Gpu.Kernels.Cuda.Driver;

/// <summary>A call of NVIDIA's driver failed. Devices turn it into a <see cref="Devices.DeviceException"/>, as they do with ILGPU's.</summary>
/// <param name="call">The function of the driver.</param>
/// <param name="error">The driver's name of the error, such as <c>CUDA_ERROR_OUT_OF_MEMORY</c>.</param>
internal sealed class DriverException(string call, string error) : AcceleratorException(Explain(call, error))
{
    public override AcceleratorType AcceleratorType => AcceleratorType.Cuda;

    /// <summary>Function and error in words.</summary>
    public static string Explain(string call, string error) => $"{call} returned {error}";
}
