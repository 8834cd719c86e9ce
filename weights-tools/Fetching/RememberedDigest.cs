using System.Globalization;
using System.Text.RegularExpressions;
using Gpu.Loader.Checkpoints;

namespace Gpu.WeightsTools.Fetching;

/// <summary>
/// <c>NAME.sha256</c> beside a fetched checkpoint: a file for <c>sha256sum -c</c>, in whose comments stand the address and the digest
/// of what was downloaded from it. It outlives the checkpoint, so that a changed file on the server is noticed.
/// </summary>
/// <param name="Name">File name of the checkpoint.</param>
/// <param name="Sha256">SHA-256 of the checkpoint, in lower case.</param>
/// <param name="Address">Where it was downloaded from.</param>
/// <param name="DownloadBytes">Bytes of the download.</param>
/// <param name="DownloadSha256">SHA-256 of the download; the checkpoint's own where that was downloaded as it is.</param>
internal sealed partial record RememberedDigest(string Name, string Sha256, string Address, long DownloadBytes, string DownloadSha256)
{
    /// <summary>File name extension.</summary>
    public const string Extension = ".sha256";

    private const int LargestFile = 1 << 16;

    /// <summary>What is remembered of a checkpoint; null if there is nothing, or no such file.</summary>
    public static RememberedDigest? Of(string checkpoint)
    {
        var file = new FileInfo(checkpoint + Extension);
        if (!file.Exists || file.Length > LargestFile)
        {
            return null;
        }

        var match = Format().Match(File.ReadAllText(file.FullName));
        return match.Success
            && match.Groups["name"].Value == Path.GetFileName(checkpoint)
            && long.TryParse(match.Groups["bytes"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
            ? new RememberedDigest(match.Groups["name"].Value, match.Groups["sha256"].Value, match.Groups["address"].Value, bytes, match.Groups["download"].Value)
            : null;
    }

    /// <summary>What is remembered of an address in a folder.</summary>
    public static RememberedDigest? Find(string folder, Uri address) => Directory.EnumerateFiles(folder, "*" + Extension)
        .Order(StringComparer.Ordinal)
        .Select(f => Of(f[..^Extension.Length]))
        .FirstOrDefault(r => r?.Address == address.AbsoluteUri);

    /// <summary>Writes it beside its checkpoint.</summary>
    /// <exception cref="CheckpointException">The file cannot be written.</exception>
    public void Write(string folder) => AtomicFile.Write(Path.Combine(folder, Name + Extension), stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine($"# address: {Address}");
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"# bytes of the download: {DownloadBytes}"));
        writer.WriteLine($"# sha256 of the download: {DownloadSha256}");
        writer.WriteLine($"{Sha256}  {Name}");
    });

    [GeneratedRegex(
        @"^# address: (?<address>[^\n]+)\n# bytes of the download: (?<bytes>[0-9]+)\n# sha256 of the download: (?<download>[0-9a-f]{64})\n(?<sha256>[0-9a-f]{64})  (?<name>[^\n]+)\n$")]
    private static partial Regex Format();
}
