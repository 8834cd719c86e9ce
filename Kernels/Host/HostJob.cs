using System.Runtime.ExceptionServices;

namespace Gpu.Kernels.Host;

/// <summary>Items of work that several threads claim one by one.</summary>
/// <param name="items">How many.</param>
/// <param name="run">Runs one.</param>
/// <param name="helpers">Threads beside the caller's that may join at once.</param>
internal sealed class HostJob(int items, Action<int> run, int helpers)
{
    /// <summary>Looks at the counter before the caller gives its core up: items that are still running end soon.</summary>
    private const int Spins = 2000;

    private readonly object gate = new();
    private int next;
    private int joined;
    private ExceptionDispatchInfo? failure;

    /// <summary>Threads beside the caller's that may join at once.</summary>
    public int Helpers => helpers;

    /// <summary>Whether one more may join and finds something to do. Called under the workers' lock, as is <see cref="Join"/>.</summary>
    public bool HasRoom => joined < helpers && Volatile.Read(ref next) < items;

    /// <summary>Adds a helper.</summary>
    public void Join()
    {
        lock (gate)
        {
            joined++;
        }
    }

    /// <summary>Ends a helper's part.</summary>
    public void Leave()
    {
        lock (gate)
        {
            joined--;
            Monitor.Pulse(gate);
        }
    }

    /// <summary>Runs items until none is left to claim.</summary>
    public void Work()
    {
        try
        {
            for (int item; (item = Interlocked.Increment(ref next) - 1) < items;)
            {
                run(item);
            }
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(exception), null);
            Volatile.Write(ref next, items);
        }
    }

    /// <summary>Waits until every helper has ended its last item; no new one may join any more. Throws what an item threw.</summary>
    public void Finish()
    {
        for (var spin = 0; Volatile.Read(ref joined) > 0 && spin < Spins; spin++)
        {
            Thread.SpinWait(1);
        }

        lock (gate)
        {
            while (joined > 0)
            {
                Monitor.Wait(gate);
            }
        }

        failure?.Throw();
    }
}
