namespace Gpu.Tests.Ptx;

/// <summary>An mbarrier: a phase completes when the arrivals and the bytes that it expects have come, and the next begins.</summary>
internal sealed class PtxPhaseBarrier
{
    /// <summary>Bytes of shared memory that it takes.</summary>
    public const int Bytes = 8;

    private const int Maximum = (1 << 20) - 1;

    private readonly PtxOrder order;
    private readonly int agent;
    private readonly int count;
    private readonly int initialiser;
    private readonly int initialised;
    private readonly PtxClock arrived;
    private readonly PtxClock completed;
    private int arrivals;
    private long expectedBytes;
    private int madeVisible = int.MaxValue;

    /// <summary>A barrier that a thread initialises.</summary>
    /// <param name="order">What happens before what in the block.</param>
    /// <param name="agent">What it is there.</param>
    /// <param name="address">Where it is.</param>
    /// <param name="phases">Phases that an earlier barrier at its place completed.</param>
    /// <param name="thread">The thread.</param>
    /// <param name="count">Arrivals that complete a phase.</param>
    /// <exception cref="PtxException">The count is out of range.</exception>
    public PtxPhaseBarrier(PtxOrder order, int agent, ulong address, int phases, int thread, ulong count)
    {
        this.count = count is > 0 and <= Maximum ? (int)count : throw new PtxException($"an mbarrier for {count} arrivals");
        (this.order, this.agent, initialiser, initialised) = (order, agent, thread, order.Now);
        (Address, FirstPhase, Phase) = (address, phases, phases);
        (arrived, completed) = (order.NewClock(), order.NewClock());
        arrivals = this.count;
    }

    /// <summary>Where it is.</summary>
    public ulong Address { get; }

    /// <summary>Phases completed so far.</summary>
    public int Phase { get; private set; }

    /// <summary>The phases with which it began.</summary>
    private int FirstPhase { get; }

    /// <summary>What it waits for.</summary>
    public override string ToString() =>
        $"phase {Phase - FirstPhase} of the mbarrier at shared byte {Address - PtxParser.SharedBase}, which lacks {arrivals} of {count} arrivals and {expectedBytes} bytes";

    /// <summary>Makes its initialisation visible to bulk copies.</summary>
    public void FenceInitialisation(int thread)
    {
        if (thread == initialiser)
        {
            madeVisible = Math.Min(madeVisible, order.Now);
        }
    }

    /// <summary>Checks that a thread may use it.</summary>
    /// <exception cref="PtxException">Its initialisation is not ordered before.</exception>
    public void CheckInitialised(int thread)
    {
        if (!order.Of(thread).Covers(initialiser, initialised))
        {
            throw new PtxException($"the mbarrier was initialised by thread {initialiser} with no barrier between: a race");
        }
    }

    /// <summary>Checks that a bulk copy may report to it.</summary>
    /// <exception cref="PtxException">Its initialisation was not made visible to the asynchronous proxy.</exception>
    public void CheckVisible(int thread)
    {
        if (!order.Of(thread).Covers(initialiser, madeVisible))
        {
            throw new PtxException("the mbarrier's initialisation was not made visible to the asynchronous proxy: no fence.mbarrier_init or fence.proxy.async after it");
        }
    }

    /// <summary>Expects bytes of bulk copies in this phase.</summary>
    /// <exception cref="PtxException">They are too many to count.</exception>
    public void Expect(ulong bytes)
    {
        expectedBytes += bytes <= Maximum ? (long)bytes : throw new PtxException($"{bytes} bytes are expected at once");
        if (expectedBytes > Maximum)
        {
            throw new PtxException($"{expectedBytes} bytes are expected in one phase");
        }
    }

    /// <summary>Arrives; all that the thread did before happens before the end of the phase.</summary>
    /// <returns>The phase.</returns>
    /// <exception cref="PtxException">More arrive than the phase takes.</exception>
    public int Arrive(int thread, ulong times = 1)
    {
        if (times < 1 || times > (ulong)arrivals)
        {
            throw new PtxException($"{times} arrivals in {this}");
        }

        var phase = Phase;
        order.Release(thread, arrived);
        arrivals -= (int)times;
        CompletePhase();
        return phase;
    }

    /// <summary>Ends a bulk copy of bytes, which are visible to those who see the phase complete.</summary>
    /// <exception cref="PtxException">All have arrived, and they expect fewer bytes.</exception>
    public void EndCopy(PtxSharedMemory memory, ulong destination, byte[] values)
    {
        memory.EndBulkCopy(destination, values, agent, Phase + 1);
        expectedBytes -= values.Length;
        CompletePhase();
    }

    /// <summary>Whether a phase is complete; a thread that sees it knows what happened before.</summary>
    public bool HasCompleted(int thread, int phase)
    {
        if (Phase <= phase)
        {
            return false;
        }

        order.Acquire(thread, completed);
        return true;
    }

    /// <summary>Whether the phase before the current one has this parity and is complete, as the phase before the first counts to be.</summary>
    public bool HasCompletedParity(int thread, ulong parity) => HasCompleted(thread, ((Phase - FirstPhase) & 1) != (int)(parity & 1) ? Phase - 1 : Phase);

    private void CompletePhase()
    {
        if (arrivals > 0)
        {
            return;
        }

        if (expectedBytes < 0)
        {
            throw new PtxException($"more bytes were copied than expected in {this}");
        }

        if (expectedBytes == 0)
        {
            Phase++;
            completed.Join(arrived);
            completed[agent] = Phase;
            arrivals = count;
        }
    }
}
