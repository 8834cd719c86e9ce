using System.Security.Cryptography;

namespace Gpu.WeightsTools.Fetching;

/// <summary>
/// A download that is not done: <c>NAME.partial</c> and, in <c>NAME.partial.json</c>, the file on the server that it is a part of.
/// Open, it belongs to one process. Bytes go to the operating system as they come, so a killed process loses none.
/// </summary>
internal sealed class PartialDownload : IDisposable
{
    private readonly string originPath;
    private readonly FileStream stream;

    private PartialDownload(string path, FileStream stream)
    {
        Path = path;
        originPath = OriginPath(path);
        this.stream = stream;
    }

    /// <summary>Where the bytes are.</summary>
    public string Path { get; }

    /// <summary>Bytes there.</summary>
    public long Length => stream.Length;

    /// <summary>What they are a part of; null if nothing is there.</summary>
    public DownloadOrigin? Origin { get; private set; }

    /// <summary>
    /// Where the rest begins: 0 if the server has no means to tell whether it is the rest of the same file. Of a complete file the
    /// last byte is asked for again, which confirms that it is still the one on the server.
    /// </summary>
    public long ResumeAt => Origin?.Condition is null ? 0 : Math.Clamp((Origin.Length ?? long.MaxValue) - 1, 0, Length);

    /// <summary>Path of the partial download of a source.</summary>
    public static string PathOf(string folder, DownloadSource source) => System.IO.Path.Combine(folder, source.FileName + ".partial");

    /// <summary>Takes up what an earlier run left of this source, or begins anew.</summary>
    /// <exception cref="IOException">The file cannot be opened, or another process has it.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be opened.</exception>
    public static PartialDownload Open(string folder, DownloadSource source)
    {
        var path = PathOf(folder, source);
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        var partial = new PartialDownload(path, stream);
        try
        {
            var origin = DownloadOrigin.Read(partial.originPath);
            if (origin is not null && origin.Address == source.Address.AbsoluteUri && stream.Length <= (origin.Length ?? long.MaxValue))
            {
                partial.Origin = origin;
            }
            else
            {
                partial.Discard();
            }

            return partial;
        }
        catch
        {
            partial.Dispose();
            throw;
        }
    }

    /// <summary>Begins the download of a file anew.</summary>
    public void Begin(DownloadOrigin origin)
    {
        Discard();
        origin.Write(originPath);
        Origin = origin;
    }

    /// <summary>Drops what lies beyond a position, and goes on from there.</summary>
    public void ContinueAt(long position)
    {
        stream.SetLength(position);
        stream.Position = position;
    }

    /// <summary>Adds bytes at the end.</summary>
    public ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => stream.WriteAsync(bytes, cancellationToken);

    /// <summary>SHA-256 of the bytes, in lower case.</summary>
    public async Task<string> Sha256Async(CancellationToken cancellationToken) =>
        Convert.ToHexStringLower(await SHA256.HashDataAsync(Content(), cancellationToken));

    /// <summary>The bytes from the first on; valid until the next call of any member.</summary>
    public Stream Content()
    {
        stream.Position = 0;
        return stream;
    }

    /// <summary>Flushes the bytes to the disk and gives the file free for others.</summary>
    public void Close()
    {
        stream.Flush(flushToDisk: true);
        stream.Dispose();
    }

    /// <summary>Drops everything: the bytes are not worth to be gone on with.</summary>
    public void Discard()
    {
        Origin = null;
        ContinueAt(0);
        File.Delete(originPath);
    }

    /// <summary>Closes the file and deletes it.</summary>
    public void Delete()
    {
        stream.Dispose();
        File.Delete(Path);
        File.Delete(originPath);
    }

    /// <summary>Closes the file; an empty one is deleted.</summary>
    public void Dispose()
    {
        if (stream.CanRead && stream.Length == 0)
        {
            Delete();
        }

        stream.Dispose();
    }

    private static string OriginPath(string path) => path + ".json";
}
