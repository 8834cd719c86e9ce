using Gpu.Kernels.Devices;
using Gpu.Kernels.Portable;

namespace Gpu.Kernels.Cuda.Driver;

/// <summary>
/// What was queued on a stream, captured as a graph: the driver checks and arranges it once and then queues all of it by one call.
/// The kernels' arguments are copied at the capture, so whatever they point at must outlive it and stay in place.
/// </summary>
internal sealed class CudaGraph : RecordedWork
{
    private readonly CudaDevice device;
    private nint executable;

    private CudaGraph(CudaDevice device, nint executable)
    {
        this.device = device;
        this.executable = executable;
    }

    /// <summary>Captures what <paramref name="work"/> queues on the device's stream; nothing of it runs.</summary>
    /// <exception cref="DriverException">The driver refused.</exception>
    public static CudaGraph Capture(CudaDevice device, Action work)
    {
        CudaDriver.BeginCapture(device.StreamHandle);
        try
        {
            work();
        }
        catch
        {
            CudaDriver.AbandonCapture(device.StreamHandle);
            throw;
        }

        var graph = CudaDriver.EndCapture(device.StreamHandle);
        try
        {
            return new CudaGraph(device, CudaDriver.Instantiate(graph));
        }
        finally
        {
            CudaDriver.DestroyGraph(graph);
        }
    }

    public override void Replay() => device.Guard("run a recorded network", () => CudaDriver.Launch(executable, device.StreamHandle));

    protected override void Dispose(bool disposing)
    {
        if (disposing && executable != 0)
        {
            var released = executable;
            executable = 0;
            AcceleratorDevice.Release(() => CudaDriver.DestroyExecutable(released));
        }

        base.Dispose(disposing);
    }
}
