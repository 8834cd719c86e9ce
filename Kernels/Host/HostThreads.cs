namespace Gpu.Kernels.Host;

/// <summary>
/// Splits an operation's work over threads: items are claimed one by one, in order, by whoever is free. The caller works too and
/// takes whatever nobody else has claimed, so work ends even if no other thread ever comes: when another process has taken a core,
/// or when all workers help other callers.
/// </summary>
internal sealed class HostThreads
{
    public HostThreads(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Count = count;
    }

    /// <summary>Threads of one operation, the caller among them.</summary>
    public int Count { get; }

    /// <summary>
    /// Runs items 0 to <paramref name="items"/> - 1 and returns when all have ended. What an item computes may not depend on who
    /// runs it. An item may call this itself. After an exception of an item, which is thrown on, no further item is begun.
    /// </summary>
    public void For(int items, Action<int> run)
    {
        if (Count == 1 || items <= 1)
        {
            for (var item = 0; item < items; item++)
            {
                run(item);
            }

            return;
        }

        var job = new HostJob(items, run, helpers: Math.Min(Count, items) - 1);
        HostWorkers.Offer(job);
        job.Work();
        HostWorkers.Withdraw(job);
        job.Finish();
    }
}
