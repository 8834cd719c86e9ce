// p[c] = exp(x[c] - max x) / sum exp(x - max x) at every position.
// Logits and probabilities are (positions, classes), dense.
// Launch: one group of up to 128 threads per position. Three passes over the classes (maximum, sum, quotient), which stay in the
// cache; the group's maximum and sum are reduced in 0.5 KiB of shared memory in a fixed order.
// Bound by bytes: each logit is read and each probability written once from and to memory.
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace Gpu.Kernels.Portable;

/// <summary>Softmax over the channels, a group per position.</summary>
internal sealed class SoftmaxKernel(AcceleratorDevice device)
{
    private readonly Lazy<Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<float>, int>> launcher =
        new(() => device.Accelerator.LoadKernel<ArrayView<float>, ArrayView<float>, int>(Kernel));

    /// <summary>Prepares a <see cref="Softmax"/>.</summary>
    public Operation Create(Shape logits)
    {
        device.CheckIndexable(logits.Elements, $"the tensor {logits}");
        var launch = device.Guard("compile softmax", () => launcher.Value);
        var grid = new KernelConfig((int)logits.Positions, GroupReduction.Threads(device.Accelerator));
        return new AcceleratorOperation(device, "softmax", logits, logits, Softmax.Cost(logits),
            (source, destination, _) => launch(device.Stream, grid, source, destination, logits.Channels));
    }

    internal static void Kernel(ArrayView<float> logits, ArrayView<float> probabilities, int classes)
    {
        var shared = SharedMemory.Allocate<float>(GroupReduction.MaximumThreads);
        var thread = Group.IdxX;
        var first = Grid.IdxX * classes;

        var highest = float.NegativeInfinity;
        for (var c = thread; c < classes; c += Group.DimX)
        {
            highest = IntrinsicMath.Max(highest, logits[first + c]);
        }

        shared[thread] = highest;
        Group.Barrier();
        for (var half = Group.DimX / 2; half > 0; half /= 2)
        {
            if (thread < half)
            {
                shared[thread] = IntrinsicMath.Max(shared[thread], shared[thread + half]);
            }

            Group.Barrier();
        }

        highest = shared[0];
        Group.Barrier();

        var sum = 0f;
        for (var c = thread; c < classes; c += Group.DimX)
        {
            sum += XMath.Exp(logits[first + c] - highest);
        }

        shared[thread] = sum;
        Group.Barrier();
        for (var half = Group.DimX / 2; half > 0; half /= 2)
        {
            if (thread < half)
            {
                shared[thread] += shared[thread + half];
            }

            Group.Barrier();
        }

        sum = shared[0];
        for (var c = thread; c < classes; c += Group.DimX)
        {
            probabilities[first + c] = XMath.Exp(logits[first + c] - highest) / sum;
        }
    }
}
