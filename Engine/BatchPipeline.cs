using System.Runtime.CompilerServices;
using Gpu.Engine.Results;

namespace Gpu.Engine;

/// <summary>Gathers a sequence of pictures into batches and classifies them, several at a time where that pays, in order.</summary>
/// <param name="batchSize">Readable pictures of a batch.</param>
/// <param name="ahead">Batches that are prepared or wait for the device while one runs.</param>
/// <param name="classify">Classifies the readable pictures of a batch in one run; the others come with their error.</param>
internal sealed class BatchPipeline(
    int batchSize, int ahead, Func<IReadOnlyList<ReadPicture>, CancellationToken, Task<IReadOnlyList<ClassifiedImage>>> classify)
{
    /// <summary>Classifies; when the sequence ends, or its consumer leaves, no batch is running any more.</summary>
    public async IAsyncEnumerable<ClassifiedImage> RunAsync(
        IAsyncEnumerable<ReadPicture> pictures, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var running = new Queue<Task<IReadOnlyList<ClassifiedImage>>>();
        try
        {
            await foreach (var batch in GatherAsync(pictures, cancellationToken).ConfigureAwait(false))
            {
                running.Enqueue(classify(batch, cancellationToken));
                if (running.Count > ahead)
                {
                    foreach (var result in await running.Dequeue().ConfigureAwait(false))
                    {
                        yield return result;
                    }
                }
            }

            while (running.TryDequeue(out var last))
            {
                foreach (var result in await last.ConfigureAwait(false))
                {
                    yield return result;
                }
            }
        }
        finally
        {
            await ((Task)Task.WhenAll(running)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async IAsyncEnumerable<IReadOnlyList<ReadPicture>> GatherAsync(
        IAsyncEnumerable<ReadPicture> pictures, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var batch = new List<ReadPicture>();
        await foreach (var picture in pictures.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            batch.Add(picture);
            if (batch.Count(p => p.Image is not null) == batchSize)
            {
                yield return batch;
                batch = [];
            }
        }

        yield return batch;
    }
}
