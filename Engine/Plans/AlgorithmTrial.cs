using System.Diagnostics;
using Gpu.Engine.Networks;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;

namespace Gpu.Engine.Plans;

/// <summary>A measured comparison of the algorithms that a device has for one layer.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Specification">What it computes, a pool behind it aside.</param>
/// <param name="Times">Each algorithm's least time of a run, with the pool behind the layer if there is one; the fastest first.</param>
public sealed record AlgorithmTrial(string Layer, ConvolutionSpecification Specification, IReadOnlyList<AlgorithmTime> Times)
{
    private const int Runs = 5;
    private const int Seed = 3;

    /// <summary>Times the candidates side by side: a run of each by turns, so that a disturbance meets them all.</summary>
    /// <param name="device">The device, entered.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="specification">What it computes.</param>
    /// <param name="candidates">Algorithms that support it.</param>
    /// <param name="isPooledNext">Whether a pool follows.</param>
    internal static AlgorithmTrial Run(
        Device device, NetworkLayer layer, ConvolutionSpecification specification, IReadOnlyList<ConvolutionAlgorithm> candidates, bool isPooledNext)
    {
        var random = new Random(Seed);
        var values = new float[specification.Input.Elements];
        foreach (ref var value in values.AsSpan())
        {
            value = random.NextSingle();
        }

        var contestants = new List<Contestant>();
        try
        {
            contestants.AddRange(candidates.Select(a => new Contestant(device, layer, specification with { Pooled = isPooledNext && a.FusesMaxPool }, a, isPooledNext, values)));
            for (var run = 0; run <= Runs; run++)
            {
                // The first run compiles the kernels.
                contestants.ForEach(c => c.Time(counts: run > 0));
            }

            return new AlgorithmTrial(layer.Row.Name, specification, [.. contestants.Select(c => new AlgorithmTime(c.Algorithm, c.Least)).OrderBy(t => t.Time)]);
        }
        finally
        {
            contestants.ForEach(c => c.Dispose());
        }
    }

    /// <summary>An algorithm with all that it needs to run the layer.</summary>
    private sealed class Contestant : IDisposable
    {
        private readonly Device device;
        private readonly List<IDisposable> resources = [];
        private readonly List<Action> work = [];

        public Contestant(
            Device device, NetworkLayer layer, ConvolutionSpecification specification, ConvolutionAlgorithm algorithm, bool isPooledNext, float[] values)
        {
            this.device = device;
            Algorithm = algorithm.Name;
            try
            {
                var filter = Keep(algorithm.Prepare(new CheckpointFilter(layer.Filter!.Value, layer.Weights!)));
                var convolution = Keep(algorithm.Create(specification, filter));
                var input = Tensor(convolution.Input, convolution.InputHalo);
                var pool = isPooledNext && !specification.Pooled ? Keep(device.CreateMaxPool(convolution.Output)) : null;
                var output = Tensor(convolution.Output, pool?.InputHalo ?? 0);
                input.Upload(values);
                work.Add(() => convolution.Run(input, output));
                if (pool is not null)
                {
                    var pooled = Tensor(pool.Output, 0);
                    work.Add(() => pool.Run(output, pooled));
                }
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        public string Algorithm { get; }

        public TimeSpan Least { get; private set; } = TimeSpan.MaxValue;

        public void Time(bool counts)
        {
            device.Synchronize();
            var start = Stopwatch.GetTimestamp();
            work.ForEach(step => step());
            device.Synchronize();
            var elapsed = Stopwatch.GetElapsedTime(start);
            Least = counts && elapsed < Least ? elapsed : Least;
        }

        public void Dispose()
        {
            resources.Reverse();
            resources.ForEach(r => r.Dispose());
        }

        private Kernels.Tensors.Tensor Tensor(Kernels.Tensors.Shape shape, int halo) =>
            device.View(Keep(device.Allocate(device.StorageBytes(shape, halo))), shape, halo);

        private T Keep<T>(T resource)
            where T : IDisposable
        {
            resources.Add(resource);
            return resource;
        }
    }
}

/// <summary>An algorithm with its measured time.</summary>
/// <param name="Algorithm">Its name.</param>
/// <param name="Time">Of one run.</param>
public sealed record AlgorithmTime(string Algorithm, TimeSpan Time);
