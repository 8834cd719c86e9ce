using System.Diagnostics;

namespace Gpu.Kernels.Host;

/// <summary>
/// The process's threads that help with <see cref="HostJob"/>s: as many as the most that one operation may use, whatever the number
/// of models and callers. A worker without work looks out for some for a moment, since the next operation of a network begins
/// within microseconds, and then sleeps.
/// </summary>
internal static class HostWorkers
{
    /// <summary>
    /// How long a worker looks out, 25 us: longer than from one layer to the next, and short, since it looks in vain while another process has
    /// the caller's core. Beside a process that kept one of an Intel Xeon's two cores busy VGG-16 took 1.67 times as long as alone, with 100 us 1.73,
    /// with 2 ms 1.87.
    /// </summary>
    private static readonly long LookOut = Stopwatch.Frequency / 40_000;

    private static readonly Lock Gate = new();
    private static readonly List<HostJob> Offers = [];
    private static readonly SemaphoreSlim Wake = new(0);
    private static int count;
    private static int sleeping;
    private static volatile int offered;

    /// <summary>Lets workers join a job, and wakes as many as it can use.</summary>
    public static void Offer(HostJob job)
    {
        int wanted;
        lock (Gate)
        {
            for (; count < job.Helpers; count++)
            {
                new Thread(Run) { IsBackground = true, Name = $"vgg worker {count + 1}" }.Start();
            }

            Offers.Add(job);
            offered = Offers.Count;
            wanted = Math.Min(sleeping, job.Helpers);
            sleeping -= wanted;
        }

        if (wanted > 0)
        {
            Wake.Release(wanted);
        }
    }

    /// <summary>Lets no further worker join.</summary>
    public static void Withdraw(HostJob job)
    {
        lock (Gate)
        {
            Offers.Remove(job);
            offered = Offers.Count;
        }
    }

    private static void Run()
    {
        while (true)
        {
            if (offered > 0 && TryJoin() is { } job)
            {
                job.Work();
                job.Leave();
            }
            else if (!SeesOffer())
            {
                Sleep();
            }
        }
    }

    private static HostJob? TryJoin()
    {
        lock (Gate)
        {
            var job = Offers.Find(j => j.HasRoom);
            job?.Join();
            return job;
        }
    }

    /// <summary>Looks out for a job, new or with room again.</summary>
    private static bool SeesOffer()
    {
        var end = Stopwatch.GetTimestamp() + LookOut;
        do
        {
            Thread.SpinWait(20);
            if (offered > 0 && HasRoom())
            {
                return true;
            }
        }
        while (Stopwatch.GetTimestamp() < end);
        return false;
    }

    private static bool HasRoom()
    {
        lock (Gate)
        {
            return Offers.Exists(j => j.HasRoom);
        }
    }

    private static void Sleep()
    {
        lock (Gate)
        {
            if (Offers.Exists(j => j.HasRoom))
            {
                return;
            }

            sleeping++;
        }

        Wake.Wait();
    }
}
