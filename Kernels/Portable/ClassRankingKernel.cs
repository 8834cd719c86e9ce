// The classes of highest logit at every position, with logit and probability; equal logits rank by lowest index.
// Logits and probabilities are (positions, classes), scores is (positions, count), dense.
// Launch: one group of up to 128 threads per position. Each rank is one pass: the best class after the one ranked before it, in
// the total order (higher logit, then lower index), so that nothing has to be marked as taken. 1 KiB of shared memory.
// Bound by bytes for argmax: each logit is read once from memory, count times from the cache.
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Kernels.Portable;

/// <summary>Top-k and argmax, a group per position.</summary>
internal sealed class ClassRankingKernel(AcceleratorDevice device)
{
    private readonly Lazy<Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<ClassScore>, int, int>> launcher =
        new(() => device.Accelerator.LoadKernel<ArrayView<float>, ArrayView<float>, ArrayView<ClassScore>, int, int>(Kernel));

    /// <summary>Prepares a ranking under the name by which it is asked for.</summary>
    public ClassRanking Create(string algorithm, Shape logits, int count)
    {
        device.CheckIndexable(logits.Elements, $"the tensor {logits}");
        return new Ranking(device, algorithm, logits, count, device.Guard($"compile {algorithm}", () => launcher.Value));
    }

    internal static void Kernel(ArrayView<float> logits, ArrayView<float> probabilities, ArrayView<ClassScore> scores, int classes, int count)
    {
        var values = SharedMemory.Allocate<float>(GroupReduction.MaximumThreads);
        var indices = SharedMemory.Allocate<int>(GroupReduction.MaximumThreads);
        var thread = Group.IdxX;
        var first = Grid.IdxX * classes;

        var previousValue = float.PositiveInfinity;
        var previousIndex = -1;
        for (var rank = 0; rank < count; rank++)
        {
            var bestValue = float.NegativeInfinity;
            var bestIndex = int.MaxValue;
            for (var c = thread; c < classes; c += Group.DimX)
            {
                var value = Comparable(logits[first + c]);
                if (Precedes(previousValue, previousIndex, value, c) && Precedes(value, c, bestValue, bestIndex))
                {
                    bestValue = value;
                    bestIndex = c;
                }
            }

            values[thread] = bestValue;
            indices[thread] = bestIndex;
            Group.Barrier();
            for (var half = Group.DimX / 2; half > 0; half /= 2)
            {
                if (thread < half && Precedes(values[thread + half], indices[thread + half], values[thread], indices[thread]))
                {
                    values[thread] = values[thread + half];
                    indices[thread] = indices[thread + half];
                }

                Group.Barrier();
            }

            previousValue = values[0];
            previousIndex = indices[0];
            Group.Barrier();
            if (thread == 0)
            {
                scores[Grid.IdxX * count + rank] = new ClassScore(previousIndex, logits[first + previousIndex], probabilities[first + previousIndex]);
            }
        }
    }

    /// <summary>What is not a number ranks last, so that the order stays total.</summary>
    private static float Comparable(float logit) => logit >= float.NegativeInfinity ? logit : float.NegativeInfinity;

    private static bool Precedes(float value, int index, float otherValue, int otherIndex) =>
        value > otherValue || (value == otherValue && index < otherIndex);

    private sealed class Ranking : ClassRanking
    {
        private readonly AcceleratorDevice device;
        private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<ClassScore>, int, int> launch;
        private readonly MemoryBuffer1D<ClassScore, Stride1D.Dense> memory;
        private readonly KernelConfig grid;

        public Ranking(
            AcceleratorDevice device,
            string algorithm,
            Shape logits,
            int count,
            Action<AcceleratorStream, KernelConfig, ArrayView<float>, ArrayView<float>, ArrayView<ClassScore>, int, int> launch)
            : base(logits, count)
        {
            this.device = device;
            this.launch = launch;
            Algorithm = algorithm;
            grid = new KernelConfig((int)logits.Positions, GroupReduction.Threads(device.Accelerator));
            memory = device.Memory.Allocate<ClassScore>(logits.Positions * count);
        }

        public override string Algorithm { get; }

        public override void Queue(Tensor logits, Tensor probabilities)
        {
            var values = AcceleratorOperation.Values(device, logits, Logits);
            var shares = AcceleratorOperation.Values(device, probabilities, Logits);
            device.Guard($"run {Algorithm} on {Logits}", () => launch(device.Stream, grid, values, shares, memory.View, Logits.Channels, Count));
        }

        public override void Read(Span<ClassScore> scores)
        {
            CheckLength(scores.Length);
            device.Memory.Download(memory.View, scores);
        }

        public override Func<ClassScore[]> BeginRead() => device.BeginDownload<ClassScore>(memory.View);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                device.Memory.Free(memory);
            }

            base.Dispose(disposing);
        }
    }
}
