namespace Gpu.Tests.Ptx;

/// <summary>
/// A block of threads. Each thread runs on alone until it returns or meets an instruction that others take part in: a barrier waits
/// for the whole block, an instruction of a warp for the warp's 32 threads, all of which have to meet the same one.
/// </summary>
internal sealed class PtxBlock
{
    /// <summary>Threads of a warp.</summary>
    public const int WarpSize = 32;

    /// <summary>Instructions after which a thread counts as caught in an endless loop.</summary>
    private const int MaximumInstructions = 50_000_000;

    private readonly PtxKernel kernel;
    private readonly Action<PtxThread>?[] actions;
    private readonly PtxThread[] threads;

    public PtxBlock(PtxKernel kernel, Action<PtxThread>?[] actions, PtxGlobalMemory memory, byte[] parameters, PtxLaunch launch, Extent position)
    {
        this.kernel = kernel;
        this.actions = actions;
        (Memory, Parameters, Size, Grid, Position) = (memory, parameters, launch.Block, launch.Grid, position);
        Shared = new PtxSharedMemory(kernel.SharedBytes + launch.DynamicSharedBytes);
        threads = [.. Enumerable.Range(0, Size.Count).Select(i => new PtxThread(kernel, this, i))];
    }

    /// <summary>Global memory.</summary>
    public PtxGlobalMemory Memory { get; }

    /// <summary>Shared memory.</summary>
    public PtxSharedMemory Shared { get; }

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
        while (threads.Any(t => !t.Finished))
        {
            foreach (var thread in threads.Where(t => !t.Finished))
            {
                Guarded(thread, () => Advance(thread));
            }

            var waiting = threads.Where(t => !t.Finished).ToArray();
            var metInWarps = waiting.GroupBy(t => t.Index / WarpSize).Where(w => !IsBarrier(w.First())).Select(w => w.ToArray()).ToArray();
            foreach (var warp in metInWarps)
            {
                Guarded(warp[0], () => WarpInstructions.Run(kernel.Instructions[warp[0].Next], warp));
                Array.ForEach(warp, t => t.Next++);
            }

            if (metInWarps.Length == 0 && waiting.Length > 0)
            {
                PassBarrier(waiting);
            }
        }
    }

    private bool IsBarrier(PtxThread thread) => kernel.Instructions[thread.Next].Opcode == PtxInterpreter.Barrier;

    private void PassBarrier(PtxThread[] waiting)
    {
        var late = waiting.FirstOrDefault(t => t.Next != waiting[0].Next) ?? (waiting.Length < threads.Length ? waiting[0] : null);
        if (late is not null)
        {
            Guarded(late, () => throw new PtxException("not all threads of the block meet this barrier"));
        }

        Shared.Epoch++;
        Array.ForEach(waiting, t => t.Next++);
    }

    private void Advance(PtxThread thread)
    {
        for (var count = 0; !thread.Finished; count++)
        {
            if (thread.Next == kernel.Instructions.Count)
            {
                thread.Finished = true;
                return;
            }

            var action = actions[thread.Next];
            if (action is null)
            {
                return;
            }

            if (count == MaximumInstructions)
            {
                throw new PtxException("the thread runs without an end");
            }

            action(thread);
        }
    }

    private void Guarded(PtxThread thread, Action step)
    {
        try
        {
            step();
        }
        catch (PtxException fault)
        {
            throw new PtxException($"{kernel.Name}, {kernel.Instructions[thread.Next]}, block {Position}, thread {thread.Index}: {fault.Message}.");
        }
    }
}
