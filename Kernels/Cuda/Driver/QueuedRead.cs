// Copies from the device that are queued behind the kernels that make their source, and waited for later, outside the device's lock:
// meanwhile other work is queued. They go on the stream of the kernels: results are a few kilobytes, and on the stream of the copies
// to the device the next input would wait for them, and so for the kernels before them.
using System.Numerics;
using ILGPU.Runtime.Cuda;

namespace Gpu.Kernels.Cuda.Driver;

/// <summary>Reads into pinned memory, of which idle pieces are kept. Made, begun and disposed inside <see cref="Devices.Device.Enter"/>.</summary>
internal sealed unsafe class QueuedRead(CudaAccelerator accelerator) : IDisposable
{
    /// <summary>The least bytes of a piece: the five best classes of a thousand pictures.</summary>
    private const int MinimumBytes = 1 << 16;

    /// <summary>Pieces that are made at once: of a stream of batches two are under way.</summary>
    private const int PiecesAtOnce = 2;

    private readonly OwnedHandles handles = new();
    private readonly List<Piece> idle = [];
    private readonly Lock gate = new();

    /// <summary>Queues a read behind all that is queued on the user's stream; what is queued later may overwrite the source.</summary>
    /// <param name="source">Address in the device's memory.</param>
    /// <param name="count">Elements to read.</param>
    /// <param name="user">Stream whose kernels make the source.</param>
    /// <returns>Waits and returns the elements, once, on any thread.</returns>
    /// <exception cref="DriverException">The driver refused; so may the result.</exception>
    public Func<T[]> Begin<T>(nint source, int count, nint user)
        where T : unmanaged
    {
        var bytes = checked(count * sizeof(T));
        var piece = Take(bytes);
        CudaDriver.CopyToHost(piece.Memory, source, bytes, user);
        CudaDriver.Record(piece.Arrived, user);
        return () => Finish<T>(piece, count);
    }

    /// <summary>Waits for the reads and releases everything.</summary>
    public void Dispose() => handles.Dispose();

    private T[] Finish<T>(Piece piece, int count)
        where T : unmanaged
    {
        using var binding = accelerator.BindScoped();
        try
        {
            CudaDriver.Wait(piece.Arrived);
            return new ReadOnlySpan<T>((void*)piece.Memory, count).ToArray();
        }
        finally
        {
            lock (gate)
            {
                idle.Add(piece);
            }
        }
    }

    /// <summary>Takes an idle piece of so many bytes or more; makes some if there is none.</summary>
    private Piece Take(int bytes)
    {
        lock (gate)
        {
            var found = idle.FindIndex(p => p.Bytes >= bytes);
            if (found < 0)
            {
                found = idle.Count;
                for (var made = 0; made < PiecesAtOnce; made++)
                {
                    idle.Add(Create((int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(bytes, MinimumBytes))));
                }
            }

            var piece = idle[found];
            idle.RemoveAt(found);
            return piece;
        }
    }

    private Piece Create(int bytes)
    {
        var memory = handles.Own(CudaDriver.AllocatePinned(bytes), CudaDriver.FreePinned);
        var arrived = handles.Own(CudaDriver.CreateEvent(), CudaDriver.DestroyEvent);
        return handles.Own(new Piece(memory, bytes, arrived), piece => CudaDriver.Wait(piece.Arrived));
    }

    /// <summary>Pinned memory, and the event after which it holds what was read.</summary>
    private readonly record struct Piece(nint Memory, int Bytes, nint Arrived);
}
