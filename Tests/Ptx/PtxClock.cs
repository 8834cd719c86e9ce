using System.Numerics;
using System.Runtime.InteropServices;

namespace Gpu.Tests.Ptx;

/// <summary>A vector clock: of each agent of a block the time up to which what it did is known to have happened before.</summary>
internal sealed class PtxClock(int agents)
{
    private readonly Vector<int>[] times = new Vector<int>[(agents + Vector<int>.Count - 1) / Vector<int>.Count];

    /// <summary>The time up to which an agent's accesses are known.</summary>
    public int this[int agent]
    {
        get => Times[agent];
        set => Times[agent] = value;
    }

    private Span<int> Times => MemoryMarshal.Cast<Vector<int>, int>(times.AsSpan());

    /// <summary>Whether what an agent did at a time happened before.</summary>
    public bool Covers(int agent, int time) => Times[agent] >= time;

    /// <summary>Adds what another clock knows.</summary>
    public void Join(PtxClock other)
    {
        for (var i = 0; i < times.Length; i++)
        {
            times[i] = Vector.Max(times[i], other.times[i]);
        }
    }

    /// <summary>Keeps what another clock knows too.</summary>
    public void Meet(PtxClock other)
    {
        for (var i = 0; i < times.Length; i++)
        {
            times[i] = Vector.Min(times[i], other.times[i]);
        }
    }
}
