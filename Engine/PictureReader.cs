using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Gpu.Loader.Images;

namespace Gpu.Engine;

/// <summary>A picture file: decoded, or the sentence that says why it could not be.</summary>
internal sealed record ReadPicture(string Path, RgbImage? Image, string? Error);

/// <summary>Reads picture files ahead of their use, on other threads, and yields them in order.</summary>
internal static class PictureReader
{
    /// <summary>Yields each file's picture, or why it could not be read.</summary>
    /// <param name="paths">Picture files.</param>
    /// <param name="options">How they are decoded.</param>
    /// <param name="ahead">Pictures that wait in memory at most, and one more.</param>
    /// <param name="readers">Pictures decoded at a time.</param>
    /// <param name="cancellationToken">Looked at before every file.</param>
    public static async IAsyncEnumerable<ReadPicture> ReadAsync(
        IEnumerable<string> paths, ImageReadOptions? options, int ahead, int readers, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var decoded = Channel.CreateBounded<Task<ReadPicture>>(ahead);
        var reading = Task.Run(() => ReadAll(paths, options, readers, decoded.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var item in decoded.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return await item.ConfigureAwait(false);
            }
        }
        finally
        {
            // The consumer may leave early.
            await stop.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task ReadAll(
        IEnumerable<string> paths, ImageReadOptions? options, int readers, ChannelWriter<Task<ReadPicture>> writer, CancellationToken cancellationToken)
    {
        using var free = new SemaphoreSlim(readers);
        Exception? failure = null;
        try
        {
            foreach (var path in paths)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await free.WaitAsync(cancellationToken).ConfigureAwait(false);
                await writer.WriteAsync(Task.Run(() => Read(path, options, free), CancellationToken.None), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            failure = exception;
            throw;
        }
        finally
        {
            // The consumer sees what the sequence of paths threw.
            writer.Complete(failure);

            // Nothing is read any more when the sequence ends.
            for (var reader = 0; reader < readers; reader++)
            {
                await free.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private static ReadPicture Read(string path, ImageReadOptions? options, SemaphoreSlim free)
    {
        try
        {
            return new ReadPicture(path, ImageFile.Read(path, options), null);
        }
        catch (ImageException exception)
        {
            return new ReadPicture(path, null, exception.Message);
        }
        finally
        {
            free.Release();
        }
    }
}
