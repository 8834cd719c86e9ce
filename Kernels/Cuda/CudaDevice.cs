using System.Globalization;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime.Cuda;
using Device = Gpu.Kernels.Devices.Device;
using IlgpuCudaDevice = ILGPU.Runtime.Cuda.CudaDevice;

namespace Gpu.Kernels.Cuda;

/// <summary>NVIDIA GPUs. Only the driver is needed, no toolkit.</summary>
internal sealed class CudaFamily : IDeviceFamily
{
    public string Name => "cuda";

    public DeviceListing List()
    {
        var present = Find().Select(d => new DeviceInfo(
            IdOf(d), DeviceKind.Cuda, d.Name, d.MemorySize, string.Create(CultureInfo.InvariantCulture, $"CUDA {d.DriverVersion}, {d.Architecture}"))).ToList();
        var reason = NativeLibraries.HasCuda()
            ? "The NVIDIA driver reports no device; run nvidia-smi to see why."
            : "libcuda.so.1 was not found; install the NVIDIA driver.";
        return new DeviceListing(present, present.Count > 0 ? [] : [new MissingDevice(DeviceKind.Cuda, reason)]);
    }

    public DeviceInfo? Automatic(IReadOnlyList<DeviceInfo> present) => present.Count > 0 ? present[0] : null;

    public Device Open(DeviceInfo device, DeviceOptions options)
    {
        var context = AcceleratorDevice.CreateContext(b => b.Cuda(d => IdOf(d) == device.Id));
        return AcceleratorDevice.Open(device, context, () => new CudaDevice(device, context, context.CreateCudaAccelerator(0)));
    }

    private static IEnumerable<IlgpuCudaDevice> Find() =>
        NativeLibraries.HasCuda() ? IlgpuCudaDevice.GetDevices(_ => true).OfType<IlgpuCudaDevice>() : [];

    private static string IdOf(IlgpuCudaDevice device) => string.Create(CultureInfo.InvariantCulture, $"cuda:{device.DeviceId}");
}

/// <summary>One NVIDIA GPU.</summary>
internal sealed class CudaDevice : AcceleratorDevice
{
    private readonly CudaAccelerator accelerator;

    /// <summary>Takes over a context and an accelerator of it.</summary>
    public CudaDevice(DeviceInfo info, Context context, CudaAccelerator accelerator)
        : base(info, context, accelerator)
    {
        this.accelerator = accelerator;
        ConvolutionAlgorithm[] tensorCores = TensorCoreConvolution.IsOffered(accelerator.Architecture) ? [new TensorCoreConvolution(this)] : [];
        ConvolutionAlgorithms = [.. base.ConvolutionAlgorithms, new CudaCoreConvolution(this), .. tensorCores];
    }

    /// <summary>The portable ones come first and so are preferred, until those in PTX have been measured on a GPU.</summary>
    public override IReadOnlyList<ConvolutionAlgorithm> ConvolutionAlgorithms { get; }

    public override long LargestAllocation() => accelerator.GetFreeMemory();
}
