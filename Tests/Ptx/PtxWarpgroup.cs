namespace Gpu.Tests.Ptx;

/// <summary>The asynchronous products of four warps: numbered from 1, committed in groups, waited for in order.</summary>
internal sealed class PtxWarpgroup(int index, PtxOrder order)
{
    private readonly Queue<int> groups = new();

    /// <summary>Which warpgroup of the block it is.</summary>
    public int Index => index;

    /// <summary>Products begun.</summary>
    public int Products { get; private set; }

    /// <summary>Begins a product.</summary>
    /// <returns>Its number.</returns>
    public int Begin() => ++Products;

    /// <summary>Makes a group of the products begun since the last one.</summary>
    public void Commit() => groups.Enqueue(Products);

    /// <summary>Waits until so many groups at most are under way.</summary>
    public void Wait(IEnumerable<PtxThread> threads, int pendingGroups)
    {
        var finished = 0;
        while (groups.Count > pendingGroups)
        {
            finished = groups.Dequeue();
        }

        foreach (var thread in threads.Where(t => t.FinishedProducts < finished))
        {
            thread.FinishedProducts = finished;
            order.Of(thread.Index)[order.ProductsOf(index)] = finished;
        }
    }
}
