using System.Globalization;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using ILGPU;
using ILGPU.Runtime.OpenCL;
using Device = Gpu.Kernels.Devices.Device;

namespace Gpu.Kernels.Portable;

/// <summary>OpenCL devices of all platforms, numbered in the loader's order.</summary>
internal sealed class OpenClFamily : IDeviceFamily
{
    public string Name => "opencl";

    public DeviceListing List()
    {
        var found = Find();
        var present = found.Where(IsUsable).Select((d, i) => new DeviceInfo(
            string.Create(CultureInfo.InvariantCulture, $"opencl:{i}"), DeviceKind.OpenCL, d.Name, d.MemorySize, $"{d.PlatformName}, OpenCL {d.DeviceVersion}")).ToList();
        return new DeviceListing(present, present.Count > 0 ? [] : [new MissingDevice(DeviceKind.OpenCL, Reason(found))]);
    }

    /// <summary>The first GPU: an OpenCL driver for the processor is slower than the CPU device.</summary>
    public DeviceInfo? Automatic(IReadOnlyList<DeviceInfo> present) =>
        present.Zip(Find().Where(IsUsable)).FirstOrDefault(p => p.Second.DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_GPU)).First;

    public Device Open(DeviceInfo device, DeviceOptions options)
    {
        var index = int.Parse(device.Id.AsSpan(Name.Length + 1), CultureInfo.InvariantCulture);
        var chosen = Find().Where(IsUsable).ElementAt(index);
        var context = AcceleratorDevice.CreateContext(b => b.OpenCL(d => d.DeviceId == chosen.DeviceId));
        return AcceleratorDevice.Open(device, context, () => context.CreateCLAccelerator(0), accelerator => new OpenClDevice(device, context, accelerator));
    }

    private static List<CLDevice> Find() =>
        NativeLibraries.HasOpenCl() ? [.. CLDevice.GetDevices(_ => true).OfType<CLDevice>()] : [];

    /// <summary>ILGPU's OpenCL code uses generic address spaces, mandatory in OpenCL 2 and optional in 3.</summary>
    private static bool IsUsable(CLDevice device) => device.Capabilities.GenericAddressSpace;

    private static string Reason(List<CLDevice> found) => found.Count > 0
        ? $"{string.Join(" and ", found.Select(d => d.Name))} lacks OpenCL's generic address spaces; update its driver."
        : NativeLibraries.HasOpenCl()
            ? "The OpenCL loader reports no device; install the OpenCL driver of your GPU."
            : "No OpenCL loader was found; install it (Debian: ocl-icd-libopencl1) and the OpenCL driver of your GPU.";
}

/// <summary>One OpenCL device.</summary>
internal sealed class OpenClDevice(DeviceInfo info, Context context, CLAccelerator accelerator) : AcceleratorDevice(info, context, accelerator)
{
    private readonly long largest = ((CLDevice)accelerator.Device).GetDeviceInfo<long>(CLDeviceInfoType.CL_DEVICE_MAX_MEM_ALLOC_SIZE);

    /// <summary>Needs float64, which OpenCL devices may lack.</summary>
    public override PixelSampling? PixelSampling => accelerator.Capabilities.Float64 ? base.PixelSampling : null;

    public override long LargestAllocation() => Math.Min(largest, base.LargestAllocation());
}
