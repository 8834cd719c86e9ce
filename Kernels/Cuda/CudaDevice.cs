using System.Globalization;
using System.Runtime.InteropServices;
using Gpu.Kernels.Cuda.Driver;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;
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
        return new DeviceListing(present, present.Count > 0 ? [] : [new MissingDevice(DeviceKind.Cuda, WhyNone())]);
    }

    public DeviceInfo? Automatic(IReadOnlyList<DeviceInfo> present) => present.Count > 0 ? present[0] : null;

    public Device Open(DeviceInfo device, DeviceOptions options)
    {
        var context = AcceleratorDevice.CreateContext(b => b.Cuda(d => IdOf(d) == device.Id));
        return AcceleratorDevice.Open(device, context, () => Create(context), accelerator => new CudaDevice(device, context, accelerator));
    }

    /// <summary>A context is left without a device, and no reason, if the driver has failed since the device was listed.</summary>
    private static CudaAccelerator Create(Context context)
    {
        CudaDriver.CheckDevices();
        return context.CreateCudaAccelerator(0);
    }

    private static string WhyNone()
    {
        if (!NativeLibraries.HasCuda())
        {
            return "libcuda.so.1 was not found; install the NVIDIA driver.";
        }

        try
        {
            CudaDriver.CheckDevices();
            return "The NVIDIA driver reports no device; run nvidia-smi to see why.";
        }
        catch (Exception failure) when (AcceleratorDevice.IsFailure(failure))
        {
            return $"The NVIDIA driver reports no device ({failure.Message}); run nvidia-smi to see why.";
        }
    }

    private static IEnumerable<IlgpuCudaDevice> Find() =>
        NativeLibraries.HasCuda() ? IlgpuCudaDevice.GetDevices(_ => true).OfType<IlgpuCudaDevice>() : [];

    private static string IdOf(IlgpuCudaDevice device) => string.Create(CultureInfo.InvariantCulture, $"cuda:{device.DeviceId}");
}

/// <summary>One NVIDIA GPU.</summary>
internal sealed class CudaDevice : AcceleratorDevice
{
    private readonly CudaAccelerator accelerator;
    private readonly QueuedRead reads;
    private StagedCopy? copies;

    /// <summary>Takes over a context and an accelerator of it.</summary>
    public CudaDevice(DeviceInfo info, Context context, CudaAccelerator accelerator)
        : base(info, context, accelerator)
    {
        this.accelerator = accelerator;
        reads = new QueuedRead(accelerator);

        // Those made for these devices come first, and so are preferred: docs/benchmarks.md tells by how much they are faster.
        ConvolutionAlgorithms =
        [
            .. SplitMatrixVector.Offered(this, accelerator.Architecture),
            .. WarpgroupConvolution.Offered(this, accelerator),
            .. TensorCoreConvolution.Offered(this, accelerator.Architecture),
            .. FirstLayerConvolution.Offered(this, accelerator.Architecture),
            new WinogradConvolution(this),
            new CudaCoreConvolution(this),
            .. base.ConvolutionAlgorithms,
        ];
    }

    /// <summary>The driver's handle of the stream of every launch.</summary>
    public nint StreamHandle => ((CudaStream)Stream).StreamPtr;

    private StagedCopy Copies => copies ??= new StagedCopy(accelerator);

    public override long? AvailableBytes() => Guard("tell its free memory", CudaDriver.FreeMemory);

    public override LastUse? CreateLastUse() => Guard("copy to its memory", () => new MarkedUse(this, Copies.CreateEvent()));

    public override void Copy<T>(ReadOnlySpan<T> source, ArrayView<T> destination, LastUse? lastUse) =>
        Copies.Copy(MemoryMarshal.AsBytes(source), AcceleratorMemory.AddressOf(destination), StreamHandle, ((MarkedUse?)lastUse)?.Event);

    public override Func<T[]> BeginDownload<T>(ArrayView<T> source)
    {
        const string Work = "copy from its memory";
        var finish = Guard(Work, () => reads.Begin<T>(AcceleratorMemory.AddressOf(source), checked((int)source.Length), StreamHandle));
        return () => Guard(Work, finish);
    }

    public override RecordedWork Record(Action work) => Guard("record a network", () => CudaGraph.Capture(this, work));

    public override DeviceRoofs MeasureRoofs(CancellationToken cancellationToken) =>
        new([.. base.MeasureRoofs(cancellationToken).Items, .. new TensorCoreRoofs(this, accelerator).Measure()]);

    /// <summary>
    /// ILGPU gives up at the first thing that it cannot release, such as one that a failed call left half made, and leaves the
    /// driver's context, which takes along all that is in it.
    /// </summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            using (accelerator.BindScoped())
            {
                copies?.Dispose();
                reads.Dispose();
            }
        }

        base.Dispose(disposing);
        if (disposing && accelerator.NativePtr != 0)
        {
            Release(() => CudaDriver.DestroyContext(accelerator.NativePtr));
        }
    }

    /// <summary>A use that ends with an event.</summary>
    private sealed class MarkedUse(CudaDevice device, nint handle) : LastUse
    {
        public nint Event => handle;

        public override void Mark() => device.Guard("mark the use of its memory", () => CudaDriver.Record(handle, device.StreamHandle));
    }
}
