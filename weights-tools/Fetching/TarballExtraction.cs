using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using Gpu.Loader.Checkpoints;

namespace Gpu.WeightsTools.Fetching;

/// <summary>
/// Takes the one checkpoint out of a gzip-compressed tar archive that may be hostile. Folders are passed over; a second file, a
/// link, a device, an absolute path or one with <c>..</c>, and anything larger than the limit are refused. No path of the archive
/// is ever used but the last part of the file's, and the file has its name only when everything was verified.
/// </summary>
/// <param name="source">Where the archive is from, and the name of its file if it is known.</param>
/// <param name="sizeLimit">Bytes that the file may have.</param>
internal sealed class TarballExtraction(DownloadSource source, long sizeLimit)
{
    /// <summary>Bytes of headers, folders and padding in the archive: one entry of 512 bytes, its long name, and zeros at the end.</summary>
    private const long OverheadLimit = 1 << 20;

    private const int PieceLength = 1 << 17;

    /// <summary>Whether a stream, read from its first byte on, is a gzip file.</summary>
    public static bool IsGzip(Stream stream)
    {
        var magic = new byte[2];
        return stream.ReadAtLeast(magic, 2, throwOnEndOfStream: false) == 2 && magic is [0x1f, 0x8b];
    }

    /// <summary>Extracts the file.</summary>
    /// <param name="tarball">Read from its position on.</param>
    /// <param name="target">Path for a file name; may throw to refuse it.</param>
    /// <param name="verify">As of <see cref="AtomicFile.Write"/>; told the target too: (temporary, target).</param>
    /// <param name="progress">Told of the bytes extracted.</param>
    /// <param name="cancellationToken">Cancels; nothing is left behind.</param>
    /// <returns>Path and SHA-256 of the file.</returns>
    /// <exception cref="FetchException">The archive is refused.</exception>
    /// <exception cref="CheckpointException">The file cannot be written.</exception>
    public (string Path, string Sha256) Extract(
        Stream tarball, Func<string, string> target, Action<string, string> verify, IProgress<FetchProgress>? progress, CancellationToken cancellationToken)
    {
        using var gzip = new GZipStream(tarball, CompressionMode.Decompress, leaveOpen: true);
        using var metered = new MeteredStream(gzip, OverheadLimit);
        using var tar = new TarReader(metered, leaveOpen: true);
        var entry = NextFile(tar) ?? throw Refused("holds no file");
        var name = NameOf(entry);
        if (entry.Length > sizeLimit)
        {
            throw Refused($"holds '{name}' of {entry.Length} bytes, and no more than {sizeLimit} are extracted");
        }

        metered.Allow(entry.Length);
        var path = target(name);
        var sha256 = string.Empty;
        AtomicFile.Write(
            path,
            output =>
            {
                sha256 = Copy(entry, output, progress, cancellationToken);
                if (NextFile(tar) is { } second)
                {
                    throw Refused($"holds '{Printable(second.Name)}' besides '{name}', where one file is expected");
                }

                // The zeros that pad the archive, and the checksum of the compressed bytes after them.
                Read(() => { metered.CopyTo(Stream.Null); return true; });
            },
            temporary => verify(temporary, path));
        return (path, sha256);
    }

    private string Copy(TarEntry entry, FileStream output, IProgress<FetchProgress>? progress, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[PieceLength];
        var step = $"unpacking {Path.GetFileName(entry.Name)}";
        long done = 0;
        for (int read; entry.DataStream is { } data && (read = Read(() => data.Read(buffer))) > 0; done += read)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new FetchProgress(step, done, entry.Length));
            hash.AppendData(buffer, 0, read);
            output.Write(buffer, 0, read);
        }

        return done == entry.Length
            ? Convert.ToHexStringLower(hash.GetHashAndReset())
            : throw Refused($"is cut short: it holds {done} of the {entry.Length} bytes of '{Printable(entry.Name)}'");
    }

    /// <summary>The next regular file; null at the end.</summary>
    private TarEntry? NextFile(TarReader tar)
    {
        while (Read(() => tar.GetNextEntry()) is { } entry)
        {
            if (entry.EntryType is TarEntryType.GlobalExtendedAttributes)
            {
                continue;
            }

            RequireSafe(entry);
            switch (entry.EntryType)
            {
                case TarEntryType.RegularFile or TarEntryType.V7RegularFile:
                    return entry;
                case TarEntryType.Directory:
                    continue;
                default:
                    throw Refused($"holds '{Printable(entry.Name)}' of type {entry.EntryType}, where one regular file is expected");
            }
        }

        return null;
    }

    private void RequireSafe(TarEntry entry)
    {
        var name = entry.Name;
        if (name.Length == 0 || name[0] == '/' || name.Any(c => char.IsControl(c) || c is '\\' or ':') || name.Split('/').Contains(".."))
        {
            throw Refused($"holds the unsafe path '{Printable(name)}'");
        }
    }

    /// <summary>The last part of the file's path; the whole, but for a leading <c>./</c>, where the name is known.</summary>
    private string NameOf(TarEntry entry)
    {
        var path = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
        var name = source.CheckpointName is null ? path[(path.LastIndexOf('/') + 1)..] : path;
        return name is not ("" or ".") && name == (source.CheckpointName ?? name)
            ? name
            : throw Refused($"holds '{Printable(entry.Name)}' instead of '{source.CheckpointName ?? "a file"}'");
    }

    private T Read<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or FormatException or ArgumentException or OverflowException)
        {
            throw Refused($"is no sound gzip-compressed tar archive ({exception.Message.TrimEnd('.')})", exception);
        }
    }

    private FetchException Refused(string problem, Exception? cause = null) =>
        FetchException.For(source.Address, $"{problem}; nothing was kept", cause);

    private static string Printable(string name) => string.Concat(name.Select(c => char.IsControl(c) ? '?' : c));
}
