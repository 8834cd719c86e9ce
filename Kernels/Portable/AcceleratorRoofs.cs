using System.Diagnostics;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Kernels.Portable;

/// <summary>Measures what an accelerator can do at the most: multiply-adds in registers, copies within its memory and to it and from it, and launches.</summary>
internal sealed class AcceleratorRoofs(AcceleratorDevice device)
{
    /// <summary>Multiply-adds of a thread in a round: 8 sums, 8 times each.</summary>
    private const int MultiplyAddsPerRound = 64;

    /// <summary>Threads for each that runs at once, so that the last ones do not count.</summary>
    private const int Waves = 4;

    /// <summary>Bytes of a copy; of the debugger's less, since it takes a microsecond for each value.</summary>
    private const long CopyBytes = 256L << 20;
    private const long SimulatedCopyBytes = 1L << 18;
    private const int Launches = 100;
    private const int Turns = 5;

    /// <summary>More are not tried, where rounds take no time at all.</summary>
    private const int MaximumRounds = 1 << 20;
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(10);

    /// <summary>Measures everything, in a second or two. The device is entered.</summary>
    /// <exception cref="DeviceException">The device failed.</exception>
    public IReadOnlyList<Roof> Measure(CancellationToken cancellationToken)
    {
        var roofs = new List<Roof> { device.Guard("measure multiply-adds", MeasureMultiplyAdds) };
        cancellationToken.ThrowIfCancellationRequested();
        roofs.AddRange(MeasureCopies());
        cancellationToken.ThrowIfCancellationRequested();
        roofs.AddRange(device.Guard("measure launches", MeasureLaunches));
        return roofs;
    }

    /// <summary>The best rate of several turns, each of so many rounds that it takes a while.</summary>
    /// <param name="work">Queues so many rounds and returns what they do, in flops or bytes.</param>
    public double Best(Func<int, double> work)
    {
        var (rounds, best) = (1, 0.0);
        for (var turn = 0; turn < Turns;)
        {
            device.Synchronize();
            var start = Stopwatch.GetTimestamp();
            var done = work(rounds);
            device.Synchronize();
            var elapsed = Stopwatch.GetElapsedTime(start);
            best = Math.Max(best, done / elapsed.TotalSeconds);
            if (elapsed < Turn && rounds < MaximumRounds)
            {
                rounds *= 2;
            }
            else
            {
                turn++;
            }
        }

        return best;
    }

    private Roof MeasureMultiplyAdds()
    {
        var accelerator = device.Accelerator;
        var threads = accelerator.NumMultiprocessors * accelerator.MaxNumThreadsPerMultiprocessor * Waves;
        var output = device.Memory.Allocate<float>(threads);
        try
        {
            var launch = accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<float>, float, float, int>(MultiplyAdd);
            return new Roof(DeviceRoofs.NameOf(ProductPrecision.Float32), RoofUnit.FlopsPerSecond, Best(rounds =>
            {
                launch(device.Stream, threads, output.View, 0.5f, 1f, rounds);
                return 2.0 * MultiplyAddsPerRound * rounds * threads;
            }));
        }
        finally
        {
            device.Memory.Free(output);
        }
    }

    private List<Roof> MeasureCopies()
    {
        var most = device.Info.Kind == DeviceKind.Simulator ? SimulatedCopyBytes : CopyBytes;
        var values = (int)(Math.Min(most, device.LargestAllocation() / 4) / sizeof(float) / 4 * 4);
        var (source, destination) = (device.Memory.Allocate<float>(values), device.Memory.Allocate<float>(values));
        try
        {
            var host = new float[values];
            var copy = device.Guard("compile a copy", () => device.Accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<Float4>, ArrayView<Float4>>(Copy));
            var (from, to) = (source.View.AsContiguous().Cast<Float4>(), destination.View.AsContiguous().Cast<Float4>());
            return
            [
                new Roof(DeviceRoofs.Memory, RoofUnit.BytesPerSecond, Best(rounds => Repeat(rounds, 2L * sizeof(float) * values, () => copy(device.Stream, (int)from.Length, from, to)))),
                new Roof("copy to the device", RoofUnit.BytesPerSecond, Best(rounds => Repeat(rounds, sizeof(float) * (long)values, () => device.Memory.Upload<float>(host, source.View)))),
                new Roof("copy from the device", RoofUnit.BytesPerSecond, Best(rounds => Repeat(rounds, sizeof(float) * (long)values, () => device.Memory.Download(source.View, host.AsSpan())))),
            ];
        }
        finally
        {
            device.Memory.Free(source);
            device.Memory.Free(destination);
        }
    }

    private List<Roof> MeasureLaunches()
    {
        var output = device.Memory.Allocate<float>(1);
        try
        {
            var launch = device.Accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<float>>(Nothing);
            void One() => launch(device.Stream, 1, output.View);
            void Many()
            {
                for (var i = 0; i < Launches; i++)
                {
                    One();
                }
            }

            List<Roof> roofs =
            [
                new Roof("launch and wait", RoofUnit.Seconds, 1 / Best(rounds => Repeat(rounds, 1, One, device.Synchronize))),
                new Roof("launch behind another", RoofUnit.Seconds, 1 / Best(rounds => Repeat(rounds, Launches, Many))),
            ];
            using var one = device.Record(One);
            using var many = device.Record(Many);
            if (one is not null && many is not null)
            {
                roofs.Add(new Roof("recorded launch and wait", RoofUnit.Seconds, 1 / Best(rounds => Repeat(rounds, 1, one.Replay, device.Synchronize))));
                roofs.Add(new Roof("recorded launch behind another", RoofUnit.Seconds, 1 / Best(rounds => Repeat(rounds, Launches, many.Replay))));
            }

            return roofs;
        }
        finally
        {
            device.Memory.Free(output);
        }
    }

    private static double Repeat(int rounds, long amount, params ReadOnlySpan<Action> work)
    {
        for (var round = 0; round < rounds; round++)
        {
            foreach (var step in work)
            {
                step();
            }
        }

        return (double)amount * rounds;
    }

    private static void Nothing(Index1D index, ArrayView<float> output)
    {
    }

    private static void Copy(Index1D index, ArrayView<Float4> source, ArrayView<Float4> destination) => destination[index] = source[index];

    private static void MultiplyAdd(Index1D index, ArrayView<float> output, float factor, float summand, int rounds)
    {
        float a = index, b = a + 1f, c = a + 2f, d = a + 3f, e = a + 4f, f = a + 5f, g = a + 6f, h = a + 7f;
        for (var round = 0; round < rounds; round++)
        {
            a = Eight(a, factor, summand);
            b = Eight(b, factor, summand);
            c = Eight(c, factor, summand);
            d = Eight(d, factor, summand);
            e = Eight(e, factor, summand);
            f = Eight(f, factor, summand);
            g = Eight(g, factor, summand);
            h = Eight(h, factor, summand);
        }

        output[index] = a + b + c + d + e + f + g + h;
    }

    private static float Eight(float x, float factor, float summand)
    {
        x = (x * factor) + summand;
        x = (x * factor) + summand;
        x = (x * factor) + summand;
        x = (x * factor) + summand;
        x = (x * factor) + summand;
        x = (x * factor) + summand;
        x = (x * factor) + summand;
        return (x * factor) + summand;
    }
}
