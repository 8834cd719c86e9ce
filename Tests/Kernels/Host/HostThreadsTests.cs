using Gpu.Kernels.Host;
using NUnit.Framework;

namespace Gpu.Tests.Kernels.Host;

internal sealed class HostThreadsTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(7)]
    public void Every_item_runs_once_and_has_ended_on_return(int threads)
    {
        var pool = new HostThreads(threads);
        foreach (var items in new[] { 0, 1, 2, 3, 100, 1001 })
        {
            var runs = new int[items];
            pool.For(items, item =>
            {
                Thread.SpinWait(item % 7 * 50);
                Interlocked.Increment(ref runs[item]);
            });
            Assert.That(runs, Is.All.EqualTo(1), $"{items} items");
        }
    }

    [Test]
    public void Many_small_jobs_follow_each_other()
    {
        var pool = new HostThreads(4);
        long sum = 0;
        for (var job = 0; job < 100_000; job++)
        {
            pool.For(3, item => Interlocked.Add(ref sum, item + 1));
        }

        Assert.That(sum, Is.EqualTo(600_000));
    }

    [Test]
    public void Callers_on_many_threads_share_the_workers()
    {
        var sums = new long[16];
        var callers = sums.Select((_, caller) => new Thread(() =>
        {
            var pool = new HostThreads(1 + (caller % 4));
            for (var job = 0; job < 500; job++)
            {
                pool.For(20, item => Interlocked.Add(ref sums[caller], item));
            }
        })).ToList();
        callers.ForEach(c => c.Start());
        callers.ForEach(c => c.Join());
        Assert.That(sums, Is.All.EqualTo(500 * 190));
    }

    [Test]
    public void An_item_may_split_its_work_again()
    {
        var pool = new HostThreads(3);
        var runs = new int[20, 20];
        pool.For(20, outer => pool.For(20, inner => Interlocked.Increment(ref runs[outer, inner])));
        Assert.That(runs, Is.All.EqualTo(1));
    }

    [Test]
    public void An_exception_reaches_the_caller_when_no_item_runs_any_more()
    {
        var pool = new HostThreads(4);
        for (var attempt = 0; attempt < 200; attempt++)
        {
            var running = 0;
            Assert.That(
                () => pool.For(50, item =>
                {
                    Interlocked.Increment(ref running);
                    try
                    {
                        Thread.SpinWait(100);
                        if (item == 7)
                        {
                            throw new InvalidDataException("seven");
                        }
                    }
                    finally
                    {
                        Interlocked.Decrement(ref running);
                    }
                }),
                Throws.InstanceOf<InvalidDataException>().With.Message.EqualTo("seven"));
            Assert.That(running, Is.Zero);
        }

        var count = 0;
        pool.For(10, _ => Interlocked.Increment(ref count));
        Assert.That(count, Is.EqualTo(10), "The pool goes on.");
    }

    [Test]
    public void The_caller_finishes_alone_while_the_workers_are_held_up()
    {
        using var release = new ManualResetEventSlim();
        var pool = new HostThreads(2);
        var holder = new Thread(() => new HostThreads(3).For(3, _ => release.Wait()));
        holder.Start();
        var sum = 0;
        pool.For(100, item => Interlocked.Add(ref sum, item));
        Assert.That(sum, Is.EqualTo(4950));
        release.Set();
        holder.Join();
    }
}
