using Gpu.Kernels.Devices;
using ILGPU;
using ILGPU.Runtime.CPU;
using Device = Gpu.Kernels.Devices.Device;

namespace Gpu.Kernels.Portable;

/// <summary>ILGPU's CPU accelerator, always present: kernels run as C# under a debugger, one thread of the system per GPU thread.</summary>
internal sealed class SimulatorFamily : IDeviceFamily
{
    public string Name => "simulator";

    public DeviceListing List() => new(
        [new DeviceInfo(Name, DeviceKind.Simulator, "ILGPU's debugger for kernels", GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, $"ILGPU {Context.Version}")], []);

    public DeviceInfo? Automatic(IReadOnlyList<DeviceInfo> present) => null;

    public Device Open(DeviceInfo device, DeviceOptions options)
    {
        // Groups of four threads: a barrier costs a tenth of a millisecond there, tens of milliseconds with hundreds of threads.
        var simulated = new CPUDevice(numThreadsPerWarp: 4, numWarpsPerMultiprocessor: 1, numMultiprocessors: 1);
        var context = AcceleratorDevice.CreateContext(b => b.CPU(simulated));
        return AcceleratorDevice.Open(
            device,
            context,
            () => context.CreateCPUAccelerator(0, CPUAcceleratorMode.Parallel),
            accelerator => new SimulatorDevice(device, context, accelerator));
    }
}

/// <summary>One simulated accelerator.</summary>
internal sealed class SimulatorDevice(DeviceInfo info, Context context, CPUAccelerator accelerator) : AcceleratorDevice(info, context, accelerator);
