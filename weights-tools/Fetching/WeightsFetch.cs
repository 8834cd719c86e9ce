using System.Security.Cryptography;
using Gpu.Loader.Checkpoints;

namespace Gpu.WeightsTools.Fetching;

/// <summary>Where a fetched checkpoint is and where it comes from.</summary>
/// <param name="File">The checkpoint.</param>
/// <param name="Address">Where it was downloaded from; null if that is not remembered, as of the next two.</param>
/// <param name="Bytes">Bytes of the download.</param>
/// <param name="Sha256">SHA-256 of the download.</param>
/// <param name="Tensors">Tensors in the checkpoint.</param>
/// <param name="WasThere">Nothing was fetched, because the checkpoint was there and sound.</param>
internal sealed record FetchedWeights(string File, string? Address, long? Bytes, string? Sha256, int Tensors, bool WasThere);

/// <summary>Downloads a checkpoint, verifies it and gives it its name; what is refused is deleted.</summary>
/// <param name="downloader">Downloads.</param>
/// <param name="source">What to fetch.</param>
/// <param name="folder">Where to; made if it is missing.</param>
/// <param name="pinned">The only SHA-256 of the download that is accepted, or null for the remembered one, if any.</param>
/// <param name="force">Fetch again and replace what is there.</param>
internal sealed class WeightsFetch(Downloader downloader, DownloadSource source, string folder, string? pinned, bool force)
{
    /// <summary>Fetches.</summary>
    /// <exception cref="FetchException">The download failed or is refused.</exception>
    /// <exception cref="CheckpointException">A file cannot be read, written or replaced.</exception>
    public async Task<FetchedWeights> RunAsync(IProgress<FetchProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(folder);
            var remembered = RememberedDigest.Find(folder, source.Address);
            var expected = Path.Combine(folder, source.CheckpointName ?? remembered?.Name ?? source.ExpectedName ?? string.Empty);
            return !force && File.Exists(expected)
                ? AlreadyThere(expected, cancellationToken)
                : await FetchAsync(remembered, progress, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"'{folder}' cannot be written ({exception.Message.TrimEnd('.')}); make room or choose another folder with --output.", exception);
        }
    }

    private async Task<FetchedWeights> FetchAsync(RememberedDigest? remembered, IProgress<FetchProgress>? progress, CancellationToken cancellationToken)
    {
        using var partial = PartialDownload.Open(folder, source);
        await downloader.DownloadAsync(source, partial, folder, progress, cancellationToken);
        try
        {
            var sha256 = await partial.Sha256Async(cancellationToken);
            RequireExpected(sha256, remembered);
            var bytes = partial.Length;
            var (path, checkpointSha256, tensors) = TarballExtraction.IsGzip(partial.Content())
                ? Unpack(partial.Content(), progress, cancellationToken)
                : Place(partial, sha256, cancellationToken);
            new RememberedDigest(Path.GetFileName(path), checkpointSha256, source.Address.AbsoluteUri, bytes, sha256).Write(folder);
            partial.Delete();
            return new FetchedWeights(path, source.Address.AbsoluteUri, bytes, sha256, tensors, WasThere: false);
        }
        catch (FetchException)
        {
            partial.Delete();
            throw;
        }
    }

    private void RequireExpected(string sha256, RememberedDigest? remembered)
    {
        if (pinned is not null && pinned != sha256)
        {
            throw FetchException.For(source.Address, $"delivers a file with sha256 {sha256} instead of {pinned}; nothing was kept");
        }

        if (pinned is null && remembered is not null && remembered.DownloadSha256 != sha256)
        {
            throw FetchException.For(
                source.Address,
                $"delivers a file with sha256 {sha256}, and '{remembered.Name}{RememberedDigest.Extension}' remembers {remembered.DownloadSha256}; if you trust the new file, repeat with --sha256 {sha256}");
        }
    }

    private (string Path, string Sha256, int Tensors) Unpack(Stream tarball, IProgress<FetchProgress>? progress, CancellationToken cancellationToken)
    {
        var tensors = 0;
        var (path, sha256) = new TarballExtraction(source, downloader.SizeLimit).Extract(
            tarball, FreePath, (temporary, path) => tensors = VerifyDownload(temporary, path, cancellationToken), progress, cancellationToken);
        return (path, sha256, tensors);
    }

    private (string Path, string Sha256, int Tensors) Place(PartialDownload partial, string sha256, CancellationToken cancellationToken)
    {
        var path = source.CheckpointName is { } name ? FreePath(name) : FreePath(source.FileName);
        partial.Close();
        var tensors = VerifyDownload(partial.Path, path, cancellationToken);
        File.Move(partial.Path, path, overwrite: true);
        return (path, sha256, tensors);
    }

    private string FreePath(string name)
    {
        var path = Path.Combine(folder, name);
        return force || !File.Exists(path)
            ? path
            : throw new CheckpointException($"'{path}' exists; choose another folder with --output, or replace it with --force.");
    }

    private FetchedWeights AlreadyThere(string path, CancellationToken cancellationToken)
    {
        const string Remedy = "choose another folder with --output, or replace it with --force";
        var remembered = RememberedDigest.Of(path);
        if (remembered is not null && remembered.Address != source.Address.AbsoluteUri)
        {
            throw new CheckpointException($"'{path}' was fetched from '{remembered.Address}'; {Remedy}.");
        }

        if (pinned is not null && pinned != remembered?.DownloadSha256)
        {
            throw new CheckpointException(remembered is null
                ? $"'{path}' exists, and the sha256 of its download is not known; {Remedy}."
                : $"'{path}' is of a download with sha256 {remembered.DownloadSha256} instead of {pinned}; {Remedy}.");
        }

        var tensors = Verify(path, cancellationToken);
        if (remembered is not null && Sha256Of(path) is var sha256 && sha256 != remembered.Sha256)
        {
            throw new CheckpointException($"'{path}' has changed since it was fetched: its sha256 is {sha256} instead of {remembered.Sha256}; {Remedy}.");
        }

        return new FetchedWeights(path, remembered?.Address, remembered?.DownloadBytes, remembered?.DownloadSha256, tensors, WasThere: true);
    }

    private int VerifyDownload(string file, string path, CancellationToken cancellationToken)
    {
        try
        {
            return Verify(file, cancellationToken);
        }
        catch (CheckpointException exception)
        {
            var problem = exception.Message.TrimEnd('.').Replace(file, Path.GetFileName(path), StringComparison.Ordinal);
            throw FetchException.For(source.Address, $"delivers no sound checkpoint, and nothing was kept: {problem}", exception);
        }
    }

    /// <summary>Reads every tensor, by which every checksum is verified, and returns their number.</summary>
    private static int Verify(string file, CancellationToken cancellationToken)
    {
        using var checkpoint = Checkpoint.Open(file);
        foreach (var tensor in checkpoint.Tensors)
        {
            cancellationToken.ThrowIfCancellationRequested();
            checkpoint.ReadBytes(tensor);
        }

        return checkpoint.Tensors.Count;
    }

    private static string Sha256Of(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
