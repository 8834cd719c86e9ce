namespace Gpu.Tests.Ptx;

/// <summary>Sets of reads that nothing is known to order, numbered from 1, so that bytes that were read alike share one; 0 is the empty set.</summary>
internal sealed class PtxReaders
{
    private readonly List<(int Thread, int Time)[]> sets = [];
    private readonly Dictionary<(int Set, int Thread, int Time), int> successors = [];
    private int first = 1;
    private (int Set, int Thread, int Time) lastKey;
    private int lastSet;

    /// <summary>The set with one read more and without those that happened before it.</summary>
    public int Add(int set, int thread, PtxClock clock, int time)
    {
        var key = (set < first ? 0 : set, thread, time);
        if (key == lastKey && lastSet >= first)
        {
            return lastSet;
        }

        if (!successors.TryGetValue(key, out var next))
        {
            sets.Add([.. Of(set).Where(r => !clock.Covers(r.Thread, r.Time)), (thread, time)]);
            next = first + sets.Count - 1;
            successors.Add(key, next);
            successors.TryAdd((next, thread, time), next);
        }

        (lastKey, lastSet) = (key, next);
        return next;
    }

    /// <summary>The reads of a set.</summary>
    public (int Thread, int Time)[] Of(int set) => set < first ? [] : sets[set - first];

    /// <summary>Empties all sets: a barrier of the block orders what was read before it.</summary>
    public void Clear()
    {
        first += sets.Count;
        sets.Clear();
        successors.Clear();
    }
}
