namespace Gpu.Tests.Ptx;

/// <summary>
/// A block of threads. Each thread runs on alone until it returns, finds the phase of an mbarrier incomplete, or meets an instruction that
/// others take part in: the whole block in a barrier, the warp's 32 threads or the warpgroup's 128 in theirs, all of which have to meet
/// the same one. Bulk copies arrive as late as possible: when nothing else goes on.
/// </summary>
internal sealed class PtxBlock
{
    /// <summary>Threads of a warp.</summary>
    public const int WarpSize = 32;

    /// <summary>Threads of a warpgroup.</summary>
    public const int WarpgroupSize = 4 * WarpSize;

    /// <summary>Instructions after which a thread counts as caught in an endless loop.</summary>
    private const int MaximumInstructions = 50_000_000;

    /// <summary>Rounds in which threads only ask for phases after which these count as never to come.</summary>
    private const int MaximumIdleRounds = 100;

    /// <summary>Such rounds after which a bulk copy arrives: what one thread finds the next may wait for.</summary>
    private const int IdleRoundsOfCopies = 4;

    private readonly PtxKernel kernel;
    private readonly PtxStep[] steps;
    private readonly PtxThread[] threads;
    private readonly PtxThread[][] warps;
    private readonly PtxThread[][] warpgroups;

    public PtxBlock(PtxKernel kernel, PtxStep[] steps, PtxGlobalMemory memory, byte[] parameters, PtxLaunch launch, Extent position)
    {
        this.kernel = kernel;
        this.steps = steps;
        (Memory, Parameters, Size, Grid, Position, DynamicSharedBytes) = (memory, parameters, launch.Block, launch.Grid, position, launch.DynamicSharedBytes);
        Order = new PtxOrder(Size.Count);
        Shared = new PtxSharedMemory(kernel.SharedBytes + launch.DynamicSharedBytes, Order);
        Barriers = new PtxBarriers(Shared, Order);
        Warpgroups = [.. Enumerable.Range(0, Order.Warpgroups).Select(i => new PtxWarpgroup(i, Order))];
        threads = [.. Enumerable.Range(0, Size.Count).Select(i => new PtxThread(kernel, this, i))];
        (warps, warpgroups) = ([.. threads.Chunk(WarpSize)], [.. threads.Chunk(WarpgroupSize)]);
    }

    /// <summary>Global memory.</summary>
    public PtxGlobalMemory Memory { get; }

    /// <summary>Shared memory.</summary>
    public PtxSharedMemory Shared { get; }

    /// <summary>Bytes of dynamic shared memory.</summary>
    public int DynamicSharedBytes { get; }

    /// <summary>What happens before what.</summary>
    public PtxOrder Order { get; }

    /// <summary>The mbarriers and bulk copies.</summary>
    public PtxBarriers Barriers { get; }

    /// <summary>The asynchronous products of each warpgroup.</summary>
    public IReadOnlyList<PtxWarpgroup> Warpgroups { get; }

    /// <summary>The parameter space.</summary>
    public byte[] Parameters { get; }

    /// <summary>Threads of a block.</summary>
    public Extent Size { get; }

    /// <summary>Blocks of the grid.</summary>
    public Extent Grid { get; }

    /// <summary>Which block of the grid this is.</summary>
    public Extent Position { get; }

    /// <summary>Runs all threads to their end.</summary>
    /// <exception cref="PtxException">A fault, with kernel, line and thread.</exception>
    public void Run()
    {
        for (var idle = 0; threads.Any(t => !t.Finished);)
        {
            if (RunRound())
            {
                idle = 0;
            }
            else if (++idle == IdleRoundsOfCopies && Barriers.AnyCopies)
            {
                Barriers.Deliver();
                idle = 0;
            }
            else if (idle == MaximumIdleRounds || !(Barriers.AnyCopies || threads.Any(t => t.Polled is not null)))
            {
                throw Stuck();
            }
        }

        Barriers.CheckEnd();
    }

    /// <summary>A fault of a thread with its place.</summary>
    public PtxException Located(PtxThread thread, int instruction, PtxException fault) =>
        new($"{kernel.Name}, {kernel.Instructions[instruction]}, block {Position}, thread {thread.Index}: {fault.Message}.");

    /// <summary>Lets everyone run as far as they come; false where nobody came further.</summary>
    private bool RunRound()
    {
        var any = false;
        foreach (var warp in warps)
        {
            do
            {
                foreach (var thread in warp)
                {
                    any |= Advance(thread);
                }
            }
            while (RunTogether(warp, WarpSize));
        }

        foreach (var warpgroup in warpgroups)
        {
            any |= RunTogether(warpgroup, WarpgroupSize);
        }

        return RunTogether(threads, PtxStep.Block) || any;
    }

    /// <summary>Runs the instruction that a party meets; false where not all do.</summary>
    private bool RunTogether(PtxThread[] members, int party)
    {
        var first = members[0];
        if ((party != PtxStep.Block && members.Length != party) || !Array.TrueForAll(members, m => !m.Finished && m.Next == first.Next))
        {
            return false;
        }

        var step = steps[first.Next];
        if (step.Party != party)
        {
            return false;
        }

        try
        {
            step.Together!(members);
        }
        catch (PtxException fault)
        {
            throw Located(first, first.Next, fault);
        }

        Array.ForEach(members, m => m.Next++);
        return true;
    }

    /// <summary>Runs a thread until others have to take part; whether it came further than to ask for a phase again.</summary>
    private bool Advance(PtxThread thread)
    {
        thread.Polled = null;
        var first = thread.Next;
        try
        {
            for (var count = 0; !thread.Finished; count++)
            {
                if (thread.Next == steps.Length)
                {
                    thread.Finished = true;
                    return true;
                }

                var action = steps[thread.Next].Alone;
                if (action is null)
                {
                    return count > 0;
                }

                if (count == MaximumInstructions)
                {
                    throw new PtxException("the thread runs without an end");
                }

                action(thread);
                if (thread.Polled is not null)
                {
                    return false;
                }
            }
        }
        catch (PtxException fault)
        {
            throw Located(thread, thread.Next, fault);
        }

        return thread.Next != first;
    }

    /// <summary>Why nobody comes further.</summary>
    private PtxException Stuck()
    {
        var waiting = threads.Where(t => !t.Finished).ToArray();
        if (waiting.FirstOrDefault(t => t.Polled is not null) is { } polling)
        {
            return Located(polling, polling.Next - 1, new PtxException($"this waits without an end for {polling.Polled}"));
        }

        var late = Array.Find(waiting, t => steps[t.Next].Party != PtxStep.Block) ?? Array.Find(waiting, t => t.Next != waiting[0].Next) ?? waiting[0];
        return Located(late, late.Next, new PtxException(steps[late.Next].Party switch
        {
            PtxStep.Block => "not all threads of the block meet this barrier",
            WarpSize => "not all 32 threads of the warp meet this instruction",
            _ => "not all 128 threads of the warpgroup meet this instruction",
        }));
    }
}
