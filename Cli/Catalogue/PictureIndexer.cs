using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Threading.Channels;
using Gpu.Engine;
using Gpu.Kernels.Operations;
using Gpu.Loader.Images;

namespace Gpu.Cli.Catalogue;

/// <summary>What became of a file.</summary>
internal enum IndexOutcome
{
    /// <summary>The network looked at it.</summary>
    Indexed,

    /// <summary>A picture of the same content was there.</summary>
    Copied,

    /// <summary>It is as it was, and was not read.</summary>
    Unchanged,

    /// <summary>It shows no picture.</summary>
    Failed,
}

/// <summary>A file that was looked at.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Error">One sentence that names the file if it failed, else null.</param>
internal sealed record IndexedFile(IndexOutcome Outcome, string? Error = null);

/// <summary>Brings an index up to date with files: reads and decodes the next while the network looks at one.</summary>
internal sealed class PictureIndexer(VggModel model, PictureIndex index, ImageReadOptions readOptions)
{
    /// <summary>Best classes to keep of a picture.</summary>
    private const int Predictions = 5;

    /// <summary>
    /// Cells in which no class has this probability belong to no region. Less sure ones are mostly background, in regions of a cell or two
    /// whose score is near 0.
    /// </summary>
    private const double LeastConfidence = 0.2;

    /// <summary>Decoded pictures that wait for the network.</summary>
    private const int Ahead = 2;

    /// <summary>With SAME padding the map covers the whole picture, to its corners.</summary>
    private static readonly LabelOptions WholePicture = new() { Padding = Padding.Same };

    /// <summary>Goes through files. What was yielded is in the database.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="cancellationToken">Looked at before every layer and every file.</param>
    /// <exception cref="DatabaseException">The database cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async IAsyncEnumerable<IndexedFile> RunAsync(
        IEnumerable<string> paths, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var channel = Channel.CreateBounded<ScannedFile>(Ahead);
        var scanning = Task.Run(() => ScanAll(paths, channel.Writer, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var file in channel.Reader.ReadAllAsync(cancellationToken))
            {
                yield return file.Result ?? await Task.Run(() => Answer(file, cancellationToken), cancellationToken);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await scanning.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ScanAll(IEnumerable<string> paths, ChannelWriter<ScannedFile> writer, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            foreach (var path in paths)
            {
                await writer.WriteAsync(Scan(path), cancellationToken);
            }
        }
        catch (Exception exception)
        {
            failure = exception;
            throw;
        }
        finally
        {
            writer.Complete(failure);
        }
    }

    /// <summary>Looks at a file, and reads it if there is need.</summary>
    private ScannedFile Scan(string path)
    {
        FileStamp? stamp = null;
        try
        {
            stamp = FileStamp.Of(path);
            if (index.IsUnchanged(stamp, out var error))
            {
                return new ScannedFile(error is null ? new IndexedFile(IndexOutcome.Unchanged) : new IndexedFile(IndexOutcome.Failed, error));
            }

            using var stream = File.OpenRead(stamp.Path);
            var hash = SHA256.HashData(stream);
            stream.Position = 0;
            var image = index.Contains(hash) ? null : ImageFile.Read(stream, stamp.Path, readOptions);
            return new ScannedFile(null, stamp, hash, image);
        }
        catch (ImageException exception)
        {
            // What the disk could not give it may give another time.
            if (exception.InnerException is not IOException)
            {
                index.SaveFailure(stamp!, exception.Message);
            }

            return new ScannedFile(new IndexedFile(IndexOutcome.Failed, exception.Message));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new ScannedFile(new IndexedFile(IndexOutcome.Failed, $"{path} cannot be read ({exception.Message.TrimEnd('.')}); check its path and permissions."));
        }
    }

    private IndexedFile Answer(ScannedFile file, CancellationToken cancellationToken)
    {
        var (stamp, hash) = (file.Stamp!, file.Hash!);
        if (index.TryLink(stamp, hash))
        {
            return new IndexedFile(IndexOutcome.Copied);
        }

        try
        {
            // Another process may have pruned the picture that was there.
            var image = file.Image ?? ImageFile.Read(stamp.Path, readOptions);
            var predictions = model.Classify(image, Predictions, cancellationToken);
            var regions = model.Label(image, WholePicture, cancellationToken).Regions(LeastConfidence);
            index.Save(stamp, hash, new PictureAnswers(image.Width, image.Height, predictions, regions));
            return new IndexedFile(IndexOutcome.Indexed);
        }
        catch (Exception exception) when (exception is ImageException or ArgumentException)
        {
            var sentence = exception is ImageException ? exception.Message : $"{stamp.Path}: {exception.Message}";
            index.SaveFailure(stamp, sentence);
            return new IndexedFile(IndexOutcome.Failed, sentence);
        }
    }

    /// <summary>A file as the reading thread leaves it: its result, or what the network needs; no picture where the content is known.</summary>
    private sealed record ScannedFile(IndexedFile? Result, FileStamp? Stamp = null, byte[]? Hash = null, RgbImage? Image = null);
}
