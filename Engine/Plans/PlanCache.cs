using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Engine.Plans;

/// <summary>What a plan is made for.</summary>
/// <param name="Input">Input shape, NHWC.</param>
/// <param name="FullyConnectedPadding">Padding of fc6.</param>
/// <param name="Precision">Arithmetic.</param>
internal readonly record struct PlanKey(Shape Input, Padding FullyConnectedPadding, Precision Precision);

/// <summary>
/// Plans that no run uses now. A run borrows one, or makes one; when it gives it back the least recently used beyond
/// <see cref="MaximumIdle"/> are released. All members are used inside <see cref="Kernels.Devices.Device.Enter"/>.
/// </summary>
internal sealed class PlanCache(PreparedNetwork prepared) : IDisposable
{
    /// <summary>Idle plans kept: a few batch sizes and picture sizes in turn, without holding memory for every size ever seen.</summary>
    private const int MaximumIdle = 4;

    private readonly LinkedList<Plan> idle = [];
    private readonly Lock gate = new();

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

        return new Plan(prepared, key);
    }

    /// <summary>Gives a plan back for reuse.</summary>
    public void Return(Plan plan)
    {
        Plan? surplus = null;
        lock (gate)
        {
            idle.AddFirst(plan);
            if (idle.Count > MaximumIdle)
            {
                surplus = idle.Last!.Value;
                idle.RemoveLast();
            }
        }

        surplus?.Dispose();
    }

    public void Dispose()
    {
        foreach (var plan in idle)
        {
            plan.Dispose();
        }

        idle.Clear();
    }
}
