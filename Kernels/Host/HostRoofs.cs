using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Host;

/// <summary>Measures what the processor can do at the most: multiply-adds in registers, and reading of caches and memory, by all threads at once.</summary>
internal sealed unsafe class HostRoofs(HostThreads threads)
{
    /// <summary>Independent sums, enough for two units of a latency of five.</summary>
    private const int Sums = 12;

    /// <summary>Vectors that are read into sums of their own.</summary>
    private const int Loads = 8;

    /// <summary>Bytes of all threads that no cache holds.</summary>
    private const long MemoryBytes = 512L << 20;

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(10);
    private const int Turns = 8;

    /// <summary>Bytes that a thread reads again and again.</summary>
    private static readonly (string Name, long Bytes)[] Caches = [("cache, 16 KiB a thread", 16 << 10), ("cache, 256 KiB a thread", 256 << 10), ("cache, 4 MiB a thread", 4 << 20)];

    /// <summary>Measures everything, in about a second.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public IReadOnlyList<Roof> Measure(CancellationToken cancellationToken)
    {
        var roofs = new List<Roof>();
        foreach (var set in Enum.GetValues<HostInstructionSet>().Where(HostInstructionSets.IsPresent).OrderDescending())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var name = DeviceRoofs.NameOf(ProductPrecision.Float32) + (set == HostInstructionSets.Best ? string.Empty : $", {HostInstructionSets.DisplayName(set)}");
            roofs.Add(new Roof(name, RoofUnit.FlopsPerSecond, Best(rounds => MultiplyAdds(set, rounds))));
        }

        if (AmxKernel.IsSupported)
        {
            roofs.Add(new Roof(DeviceRoofs.NameOf(ProductPrecision.BFloat16), RoofUnit.FlopsPerSecond, Best(MultiplyTiles)));
        }

        using var buffer = new HostBuffer(MemoryBytes);

        // Memory that nobody has written is one page of zeros, again and again.
        new Span<float>(buffer.Start, (int)(MemoryBytes / sizeof(float))).Fill(1f);
        foreach (var (name, bytes) in Caches.Append((DeviceRoofs.Memory, MemoryBytes / threads.Count)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            roofs.Add(new Roof(name, RoofUnit.BytesPerSecond, Best(rounds => Read(buffer, Math.Min(bytes, MemoryBytes / threads.Count), rounds))));
        }

        return roofs;
    }

    /// <summary>The best rate of several turns, each of so many rounds that it takes a while.</summary>
    /// <param name="work">Does so many rounds and returns what was done, in flops or bytes.</param>
    private static double Best(Func<int, double> work)
    {
        var (rounds, best) = (1, 0.0);
        for (var turn = 0; turn < Turns;)
        {
            var start = Stopwatch.GetTimestamp();
            var done = work(rounds);
            var elapsed = Stopwatch.GetElapsedTime(start);
            best = Math.Max(best, done / elapsed.TotalSeconds);
            if (elapsed < Turn)
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

    private double MultiplyAdds(HostInstructionSet set, int rounds)
    {
        const int steps = 1 << 12;
        var vector = set switch
        {
            HostInstructionSet.Avx512 => Vectors512.Count,
            HostInstructionSet.Avx2 => Vectors256.Count,
            _ => Vectors128.Count,
        };
        threads.For(threads.Count, _ =>
        {
            var result = stackalloc float[Vectors512.Count];
            var count = (nint)rounds * steps;
            switch (set)
            {
                case HostInstructionSet.Avx512:
                    MultiplyAdds<Vectors512, Vector512<float>>(result, count);
                    break;
                case HostInstructionSet.Avx2:
                    MultiplyAdds<Vectors256, Vector256<float>>(result, count);
                    break;
                default:
                    MultiplyAdds<Vectors128, Vector128<float>>(result, count);
                    break;
            }
        });
        return 2.0 * threads.Count * rounds * steps * Sums * vector;
    }

    private double MultiplyTiles(int rounds)
    {
        const int steps = 1 << 10;
        var flops = new double[threads.Count];
        threads.For(threads.Count, thread =>
        {
            AmxKernel.Configure(AmxKernel.MaximumRows);
            for (var round = 0; round < rounds; round++)
            {
                flops[thread] += AmxKernel.Repeat(steps);
            }

            AmxKernel.Release();
        });
        return flops.Sum();
    }

    private double Read(HostBuffer buffer, long bytes, int rounds)
    {
        threads.For(threads.Count, thread =>
        {
            var result = stackalloc float[Vectors512.Count];
            var start = buffer.Start + (thread * (MemoryBytes / threads.Count / sizeof(float) / Vectors512.Count * Vectors512.Count));
            for (var round = 0; round < rounds; round++)
            {
                switch (HostInstructionSets.Best)
                {
                    case HostInstructionSet.Avx512:
                        Read<Vectors512, Vector512<float>>(start, start + (bytes / sizeof(float)), result);
                        break;
                    case HostInstructionSet.Avx2:
                        Read<Vectors256, Vector256<float>>(start, start + (bytes / sizeof(float)), result);
                        break;
                    default:
                        Read<Vectors128, Vector128<float>>(start, start + (bytes / sizeof(float)), result);
                        break;
                }
            }
        });
        return (double)threads.Count * bytes * rounds;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyAdds<TVectors, TVector>(float* result, nint steps)
        where TVectors : IVectors<TVector>
    {
        TVector factor = TVectors.Broadcast(0.5f), summand = TVectors.Broadcast(1f);
        TVector a = summand, b = summand, c = summand, d = summand, e = summand, f = summand;
        TVector g = summand, h = summand, i = summand, j = summand, k = summand, l = summand;
        for (; steps > 0; steps--)
        {
            a = TVectors.MultiplyAdd(a, factor, summand);
            b = TVectors.MultiplyAdd(b, factor, summand);
            c = TVectors.MultiplyAdd(c, factor, summand);
            d = TVectors.MultiplyAdd(d, factor, summand);
            e = TVectors.MultiplyAdd(e, factor, summand);
            f = TVectors.MultiplyAdd(f, factor, summand);
            g = TVectors.MultiplyAdd(g, factor, summand);
            h = TVectors.MultiplyAdd(h, factor, summand);
            i = TVectors.MultiplyAdd(i, factor, summand);
            j = TVectors.MultiplyAdd(j, factor, summand);
            k = TVectors.MultiplyAdd(k, factor, summand);
            l = TVectors.MultiplyAdd(l, factor, summand);
        }

        a = TVectors.Add(TVectors.Add(TVectors.Add(a, b), TVectors.Add(c, d)), TVectors.Add(e, f));
        g = TVectors.Add(TVectors.Add(TVectors.Add(g, h), TVectors.Add(i, j)), TVectors.Add(k, l));
        TVectors.Store(TVectors.Add(a, g), result);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Read<TVectors, TVector>(float* start, float* end, float* result)
        where TVectors : IVectors<TVector>
    {
        var a = TVectors.Zero;
        var b = TVectors.Zero;
        var c = TVectors.Zero;
        var d = TVectors.Zero;
        for (; start < end; start += Loads * TVectors.Count)
        {
            a = TVectors.Add(a, TVectors.Load(start));
            b = TVectors.Add(b, TVectors.Load(start + TVectors.Count));
            c = TVectors.Add(c, TVectors.Load(start + (2 * TVectors.Count)));
            d = TVectors.Add(d, TVectors.Load(start + (3 * TVectors.Count)));
            a = TVectors.Add(a, TVectors.Load(start + (4 * TVectors.Count)));
            b = TVectors.Add(b, TVectors.Load(start + (5 * TVectors.Count)));
            c = TVectors.Add(c, TVectors.Load(start + (6 * TVectors.Count)));
            d = TVectors.Add(d, TVectors.Load(start + (7 * TVectors.Count)));
        }

        TVectors.Store(TVectors.Add(TVectors.Add(a, b), TVectors.Add(c, d)), result);
    }
}
