using System.Runtime.InteropServices;

namespace Gpu.Tests.Ptx;

/// <summary>
/// What happens before what in a block, by vector clocks (C. Flanagan and S. Freund, FastTrack, 2009). The agents are the threads, whose
/// time is counted for all together; then the warpgroups as they run asynchronous products, whose time is the number of the product;
/// then the mbarriers, which stand for the bulk copies that report to them and whose time is the number of phases completed.
/// </summary>
internal sealed class PtxOrder
{
    private const int MaximumBarriers = 64;

    private readonly int threads;
    private readonly int agents;
    private readonly PtxClock[] clocks;
    private readonly List<int>[] proxyFences;
    private int barriers;

    public PtxOrder(int threads)
    {
        this.threads = threads;
        Warpgroups = (threads + PtxBlock.WarpgroupSize - 1) / PtxBlock.WarpgroupSize;
        agents = threads + Warpgroups + MaximumBarriers;
        clocks = [.. Enumerable.Range(0, threads).Select(_ => NewClock())];
        proxyFences = [.. Enumerable.Range(0, threads).Select(_ => new List<int>())];
    }

    /// <summary>Warpgroups of the block, the last of which may be incomplete.</summary>
    public int Warpgroups { get; }

    /// <summary>The time of what a thread does now; every release advances it.</summary>
    public int Now { get; private set; } = 1;

    /// <summary>A clock that knows nothing.</summary>
    public PtxClock NewClock() => new(agents);

    /// <summary>What a thread knows, its own past included.</summary>
    public PtxClock Of(int thread)
    {
        clocks[thread][thread] = Now;
        return clocks[thread];
    }

    /// <summary>What all of some threads know.</summary>
    public PtxClock CommonTo(IEnumerable<PtxThread> some)
    {
        var common = NewClock();
        common.Join(Of(some.First().Index));
        foreach (var thread in some)
        {
            common.Meet(Of(thread.Index));
        }

        return common;
    }

    /// <summary>The agent that a warpgroup's asynchronous products are.</summary>
    public int ProductsOf(int warpgroup) => threads + warpgroup;

    /// <summary>The agent of a further mbarrier.</summary>
    /// <exception cref="PtxException">There are too many.</exception>
    public int AddBarrier() =>
        barriers < MaximumBarriers ? threads + Warpgroups + barriers++ : throw new PtxException($"more than {MaximumBarriers} mbarriers");

    /// <summary>Whether an agent is an mbarrier.</summary>
    public bool IsBarrier(int agent) => agent >= threads + Warpgroups;

    /// <summary>Makes known to a clock what a thread did and knew up to now.</summary>
    public void Release(int thread, PtxClock into)
    {
        into.Join(Of(thread));
        Now++;
    }

    /// <summary>Tells a thread what a clock knows.</summary>
    public void Acquire(int thread, PtxClock from) => clocks[thread].Join(from);

    /// <summary>Orders all that some threads did before all that they will do.</summary>
    public void Synchronise(IReadOnlyList<PtxThread> some)
    {
        var joined = NewClock();
        foreach (var thread in some)
        {
            joined.Join(Of(thread.Index));
        }

        foreach (var thread in some)
        {
            Acquire(thread.Index, joined);
        }

        Now++;
    }

    /// <summary>Makes a thread's writes so far visible to the asynchronous proxy, for those that this happened before.</summary>
    public void FenceProxy(int thread)
    {
        proxyFences[thread].Add(Now);
        Now++;
    }

    /// <summary>Whether a fence followed a thread's write and happened before what a clock knows.</summary>
    public bool IsFenced(int writer, int time, PtxClock clock)
    {
        var fences = CollectionsMarshal.AsSpan(proxyFences[writer]);
        var index = fences.BinarySearch(time);
        index = index < 0 ? ~index : index;
        return index < fences.Length && clock.Covers(writer, fences[index]);
    }
}
