using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Engine.Plans;

/// <summary>What a plan is made for.</summary>
/// <param name="Input">Input shape, NHWC.</param>
/// <param name="FullyConnectedPadding">Padding of fc6.</param>
internal readonly record struct PlanKey(Shape Input, Padding FullyConnectedPadding);

/// <summary>
/// Plans that no run uses now. A run borrows one, or makes one; when it gives it back the least recently used beyond
/// <see cref="MaximumIdle"/> or <see cref="MaximumIdleBytes"/> are released, but never the last used. All members are used inside <see cref="Kernels.Devices.Device.Enter"/>.
/// </summary>
internal sealed class PlanCache(PreparedNetwork prepared, Action<LayerTiming>? observer) : IDisposable
{
    /// <summary>Idle plans kept: a few batch sizes and picture sizes in turn, without holding memory for every size ever seen.</summary>
    private const int MaximumIdle = 4;

    /// <summary>Activations of idle plans: one labelled megapixel takes about this much.</summary>
    private const long MaximumIdleBytes = 512L << 20;

    private readonly LinkedList<Plan> idle = [];
    private readonly Lock gate = new();

    /// <summary>Borrows a plan, runs it and reads its results, or begins to. After a failure the plan is not reused.</summary>
    /// <param name="key">What the plan is for.</param>
    /// <param name="input">What it runs on.</param>
    /// <param name="ranked">Best classes to rank at each position; 0 for none.</param>
    /// <param name="read">Reads the results, or queues that, before the plan's next run overwrites them.</param>
    /// <param name="cancellationToken">Looked at before every layer.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public TResult Run<TInput, TResult>(
        PlanKey key, TInput input, int ranked, Func<Plan, TResult> read, CancellationToken cancellationToken)
        where TInput : IPlanInput, allows ref struct
    {
        var plan = Borrow(key);
        try
        {
            plan.Run(input, ranked, observer, cancellationToken);
            var result = read(plan);
            Return(plan);
            return result;
        }
        catch
        {
            plan.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of a plan's activation buffers; without making its operations if an idle one is there.</summary>
    /// <exception cref="ArgumentException">The input is too small for the network.</exception>
    public long BytesFor(PlanKey key)
    {
        lock (gate)
        {
            if (idle.FirstOrDefault(p => p.Key == key) is { } plan)
            {
                return plan.Bytes;
            }
        }

        return Plan.BytesFor(prepared, key);
    }

    /// <summary>Takes an idle plan or makes one.</summary>
    public Plan Borrow(PlanKey key)
    {
        lock (gate)
        {
            for (var node = idle.First; node is not null; node = node.Next)
            {
                if (node.Value.Key == key)
                {
                    idle.Remove(node);
                    return node.Value;
                }
            }
        }

        return Create(key);
    }

    /// <summary>Gives a plan back for reuse.</summary>
    public void Return(Plan plan)
    {
        var surplus = new List<Plan>();
        lock (gate)
        {
            idle.AddFirst(plan);
            while (idle.Count > 1 && (idle.Count > MaximumIdle || idle.Sum(p => p.Bytes) > MaximumIdleBytes))
            {
                surplus.Add(idle.Last!.Value);
                idle.RemoveLast();
            }
        }

        surplus.ForEach(p => p.Dispose());
    }

    /// <summary>Releases all idle plans.</summary>
    public void Clear()
    {
        List<Plan> released;
        lock (gate)
        {
            released = [.. idle];
            idle.Clear();
        }

        released.ForEach(p => p.Dispose());
    }

    public void Dispose() => Clear();

    /// <summary>Makes a plan; if the device has no room for it, after the idle ones have made room.</summary>
    private Plan Create(PlanKey key)
    {
        try
        {
            return new Plan(prepared, key);
        }
        catch (DeviceException) when (HasIdle())
        {
            Clear();
            return new Plan(prepared, key);
        }
    }

    private bool HasIdle()
    {
        lock (gate)
        {
            return idle.Count > 0;
        }
    }
}
