using Gpu.Engine;
using Gpu.Engine.Results;
using Gpu.Loader.Images;
using NUnit.Framework;

namespace Gpu.Tests.Engine;

/// <summary>How pictures become batches and how many of them are under way; the batches end when the test lets them.</summary>
internal sealed class BatchPipelineTests
{
    private readonly List<(IReadOnlyList<ReadPicture> Batch, TaskCompletionSource End)> started = [];

    [SetUp]
    public void Clear() => started.Clear();

    [Test]
    public async Task A_batch_holds_its_number_of_readable_pictures_and_the_others_among_them()
    {
        var results = await Collect(Run(batchSize: 2, ahead: 1, "a", "!b", "c", "d", "!e", "f", "g", "!h"));
        Assert.That(results.Select(r => r.Path), Is.EqualTo(new[] { "a", "!b", "c", "d", "!e", "f", "g", "!h" }));
        Assert.That(started.Select(s => string.Concat(s.Batch.Select(i => i.Path))), Is.EqualTo(new[] { "a!bc", "d!ef", "g!h" }));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    public async Task So_many_batches_are_under_way_beside_the_first(int ahead)
    {
        await using var results = Run(batchSize: 1, ahead, "a", "b", "c", "d").GetAsyncEnumerator();
        var first = results.MoveNextAsync();
        Assert.That(first.IsCompleted, Is.False);
        Assert.That(started, Has.Count.EqualTo(1 + ahead));
        started[0].End.SetResult();
        Assert.That(await first, Is.True);
        Assert.That(results.Current.Path, Is.EqualTo("a"));
        foreach (var (_, end) in started.Skip(1))
        {
            end.SetResult();
        }
    }

    [Test]
    public async Task Who_leaves_early_or_meets_a_failure_leaves_no_batch_running()
    {
        var results = Run(batchSize: 1, ahead: 1, "a", "b", "c").GetAsyncEnumerator();
        var first = results.MoveNextAsync();
        started[0].End.SetException(new InvalidOperationException("failed"));
        Assert.That(first.IsCompleted, Is.False, "The second batch was still running.");
        started[1].End.SetResult();
        Assert.That(async () => await first, Throws.InvalidOperationException);
        Assert.That(started, Has.Count.EqualTo(2));
        await results.DisposeAsync();
    }

    private IAsyncEnumerable<ClassifiedImage> Run(int batchSize, int ahead, params string[] paths)
    {
        var pictures = paths.Select(p => new ReadPicture(p, p[0] == '!' ? null : new RgbImage(1, 1, new byte[3]), null)).ToAsyncEnumerable();
        return new BatchPipeline(batchSize, ahead, async (batch, _) =>
        {
            var end = new TaskCompletionSource();
            started.Add((batch, end));
            await end.Task;
            return [.. batch.Select(p => new ClassifiedImage(p.Path, p.Image, [], TimeSpan.Zero, null))];
        }).RunAsync(pictures, CancellationToken.None);
    }

    /// <summary>Ends every batch as soon as the next result is waited for.</summary>
    private async Task<List<ClassifiedImage>> Collect(IAsyncEnumerable<ClassifiedImage> results)
    {
        var collected = new List<ClassifiedImage>();
        await using var enumerator = results.GetAsyncEnumerator();
        while (true)
        {
            var next = enumerator.MoveNextAsync();
            while (!next.IsCompleted)
            {
                foreach (var (_, end) in started.ToList())
                {
                    end.TrySetResult();
                }

                await Task.Yield();
            }

            if (!await next)
            {
                return collected;
            }

            collected.Add(enumerator.Current);
        }
    }
}
