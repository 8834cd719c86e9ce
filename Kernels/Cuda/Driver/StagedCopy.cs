// Copies to the device through two pinned buffers in turn, on a stream of their own: while one buffer travels, the next piece of
// the source, which may be a mapped file, is read into the other. The driver would stage a copy from memory that is not pinned too,
// but keeps the caller waiting for each piece and for all work that was queued before.
// One thread fills a buffer at 11 GB/s (measured beside an H100), so several fill parts of it. Beside an H200, whose link took 51 GB/s from
// pinned memory, 16 threads and buffers of 4, 16 and 32 MiB reached 25, 44 and 50 GB/s: waking the threads takes its time.
using Gpu.Kernels.Portable;
using ILGPU.Runtime.Cuda;

namespace Gpu.Kernels.Cuda.Driver;

/// <summary>Copies from the host that are not waited for. Used and disposed inside <see cref="Devices.Device.Enter"/>.</summary>
internal sealed unsafe class StagedCopy : IDisposable
{
    /// <summary>Bytes of each of the two buffers.</summary>
    private const int BufferBytes = 32 << 20;

    /// <summary>What is copied in one piece; more is divided so that one piece is filled while another travels.</summary>
    public const int SmallestPiece = 4 << 20;

    /// <summary>Pieces of a copy that does not fill whole buffers.</summary>
    private const int Pieces = 4;

    /// <summary>Bytes that are worth a thread.</summary>
    private const int PartBytes = 1 << 17;

    /// <summary>Threads that fill a buffer.</summary>
    private static readonly int FillingThreads = Math.Min(16, Environment.ProcessorCount);

    private readonly OwnedHandles handles = new();
    private readonly CudaStream stream;
    private readonly PinnedBuffer[] buffers;
    private readonly nint usersWork;
    private int next;

    /// <summary>Makes stream, buffers and events.</summary>
    /// <exception cref="DriverException">The driver refused.</exception>
    public StagedCopy(CudaAccelerator accelerator)
    {
        try
        {
            stream = handles.Own((CudaStream)accelerator.CreateStream(), s => s.Dispose());
            usersWork = CreateEvent();
            buffers = [CreateBuffer(), CreateBuffer()];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>
    /// Copies, after what uses the destination on the user's stream and before all that will be queued there. When this returns the
    /// source may change.
    /// </summary>
    /// <param name="source">What to copy.</param>
    /// <param name="destination">Address in the device's memory.</param>
    /// <param name="user">Stream whose kernels use the destination.</param>
    /// <param name="lastUse">Event of <see cref="CreateEvent"/> behind the last use of the destination; if null all that is queued may use it.</param>
    /// <exception cref="DriverException">The driver refused.</exception>
    public void Copy(ReadOnlySpan<byte> source, nint destination, nint user, nint? lastUse)
    {
        if (lastUse is null)
        {
            CudaDriver.Record(usersWork, user);
        }

        CudaDriver.Await(stream.StreamPtr, lastUse ?? usersWork);
        var most = Math.Clamp(source.Length / Pieces, SmallestPiece, BufferBytes);
        for (var done = 0; done < source.Length; done += most)
        {
            var piece = source[done..Math.Min(source.Length, done + most)];
            var buffer = buffers[next];
            next = (next + 1) % buffers.Length;
            CudaDriver.Wait(buffer.Travelled);
            Fill(buffer.Memory, piece);
            CudaDriver.CopyToDevice(destination + done, buffer.Memory, piece.Length, stream.StreamPtr);
            CudaDriver.Record(buffer.Travelled, stream.StreamPtr);
            CudaDriver.Await(user, buffer.Travelled);
        }
    }

    /// <summary>Makes an event that lives as long as this.</summary>
    /// <exception cref="DriverException">The driver refused.</exception>
    public nint CreateEvent() => handles.Own(CudaDriver.CreateEvent(), CudaDriver.DestroyEvent);

    private static void Fill(nint destination, ReadOnlySpan<byte> source)
    {
        var parts = Math.Clamp(source.Length / PartBytes, 1, FillingThreads);
        if (parts == 1)
        {
            source.CopyTo(new Span<byte>((void*)destination, source.Length));
            return;
        }

        var (length, partLength) = (source.Length, (source.Length + parts - 1) / parts);
        fixed (byte* start = source)
        {
            var address = (nint)start;
            Parallel.For(0, parts, part =>
            {
                var offset = part * partLength;
                var bytes = Math.Min(partLength, length - offset);
                Buffer.MemoryCopy((void*)(address + offset), (void*)(destination + offset), bytes, bytes);
            });
        }
    }

    /// <summary>Waits for the copies and releases everything.</summary>
    public void Dispose()
    {
        if (buffers is not null)
        {
            AcceleratorDevice.Release(stream.Synchronize);
        }

        handles.Dispose();
    }

    private PinnedBuffer CreateBuffer() => new(
        handles.Own(CudaDriver.AllocatePinned(BufferBytes), CudaDriver.FreePinned), CreateEvent());

    /// <summary>Pinned memory, and the event after which it may be overwritten.</summary>
    private readonly record struct PinnedBuffer(nint Memory, nint Travelled);
}
