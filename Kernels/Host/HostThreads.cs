namespace Gpu.Kernels.Host;

/// <summary>Splits an operation's work over threads: items are claimed one by one, in order, by whoever is free.</summary>
internal sealed class HostThreads
{
    private readonly ParallelOptions options;

    public HostThreads(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Count = count;
        options = new ParallelOptions { MaxDegreeOfParallelism = count };
    }

    /// <summary>Threads of one operation.</summary>
    public int Count { get; }

    /// <summary>Runs items 0 to <paramref name="items"/> - 1. What an item computes may not depend on who runs it.</summary>
    public void For(int items, Action<int> run)
    {
        var workers = Math.Min(Count, items);
        if (workers <= 1)
        {
            for (var item = 0; item < items; item++)
            {
                run(item);
            }

            return;
        }

        var next = -1;
        Parallel.For(0, workers, options, _ =>
        {
            for (int item; (item = Interlocked.Increment(ref next)) < items;)
            {
                run(item);
            }
        });
    }
}
