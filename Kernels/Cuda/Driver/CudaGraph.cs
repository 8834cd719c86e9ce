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
    private readonly IDisposable scratch;
    private nint executable;

    private CudaGraph(CudaDevice device, nint executable, IDisposable scratch)
    {
        this.device = device;
        this.executable = executable;
        this.scratch = scratch;
    }

    /// <summary>Captures what <paramref name="work"/> queues on the device's stream; nothing of it runs.</summary>
    /// <exception cref="DriverException">The driver refused.</exception>
    public static CudaGraph Capture(CudaDevice device, Action work)
    {
        var scratch = device.Scratch.Keep();
        try
        {
            return new CudaGraph(device, CaptureExecutable(device.StreamHandle, work), scratch);
        }
        catch
        {
            scratch.Dispose();
            throw;
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
            scratch.Dispose();
        }

        base.Dispose(disposing);
    }

    private static nint CaptureExecutable(nint stream, Action work)
    {
        CudaDriver.BeginCapture(stream);
        try
        {
            work();
        }
        catch
        {
            CudaDriver.AbandonCapture(stream);
            throw;
        }

        var graph = CudaDriver.EndCapture(stream);
        try
        {
            return CudaDriver.Instantiate(graph);
        }
        finally
        {
            CudaDriver.DestroyGraph(graph);
        }
    }
}
