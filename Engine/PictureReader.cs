using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Gpu.Engine.Results;
using Gpu.Loader.Images;

namespace Gpu.Engine;

/// <summary>Reads picture files ahead of their use, on another thread, in order.</summary>
internal static class PictureReader
{
    /// <summary>Yields each file's picture, or why it could not be read, without predictions.</summary>
    /// <param name="paths">Picture files.</param>
    /// <param name="options">How they are decoded.</param>
    /// <param name="ahead">Pictures that wait in memory at most.</param>
    /// <param name="cancellationToken">Looked at before every file.</param>
    public static async IAsyncEnumerable<ClassifiedImage> ReadAsync(
        IEnumerable<string> paths, ImageReadOptions? options, int ahead, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var decoded = Channel.CreateBounded<ClassifiedImage>(ahead);
        var reading = Task.Run(() => ReadAll(paths, options, decoded.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var item in decoded.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return item;
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
        IEnumerable<string> paths, ImageReadOptions? options, ChannelWriter<ClassifiedImage> writer, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            foreach (var path in paths)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await writer.WriteAsync(Read(path, options), cancellationToken).ConfigureAwait(false);
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
        }
    }

    private static ClassifiedImage Read(string path, ImageReadOptions? options)
    {
        try
        {
            return new ClassifiedImage(path, ImageFile.Read(path, options), [], TimeSpan.Zero, null);
        }
        catch (ImageException exception)
        {
            return new ClassifiedImage(path, null, [], TimeSpan.Zero, exception.Message);
        }
    }
}
