namespace Gpu.WeightsTools.Fetching;

/// <summary>What is to be downloaded.</summary>
/// <param name="Address">An http or https address.</param>
/// <param name="CheckpointName">Name of the one file in the tarball, or null where any is accepted.</param>
/// <param name="Bytes">Length of the download where it is known beforehand.</param>
internal sealed record DownloadSource(Uri Address, string? CheckpointName = null, long? Bytes = null)
{
    private const int LongestName = 200;

    /// <summary>Name of the download on this machine: the last segment of the address, made safe for any file system.</summary>
    public string FileName
    {
        get
        {
            var segment = Uri.UnescapeDataString(Address.Segments[^1]);
            var name = string.Concat(segment.Select(c => char.IsControl(c) || "/\\:*?\"<>|".Contains(c, StringComparison.Ordinal) ? '_' : c)).Trim('.', ' ', '_');
            return name.Length switch { 0 => "download", > LongestName => name[^LongestName..], _ => name };
        }
    }

    /// <summary>Name of the checkpoint as far as the address tells: null for what looks like a tarball of an unknown file.</summary>
    public string? ExpectedName =>
        CheckpointName ?? (FileName.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) || FileName.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase) ? null : FileName);

    /// <summary>What to do without this program.</summary>
    /// <param name="folder">Where the checkpoint belongs.</param>
    public string ByHand(string folder)
    {
        var download = $"download it with a browser or 'curl -L -o \"{FileName}\" \"{Address.AbsoluteUri}\"'";
        return ExpectedName == FileName
            ? $"{download} and put it into '{folder}'"
            : $"{download}, unpack it with 'tar xzf \"{FileName}\"' and put '{ExpectedName ?? "the checkpoint"}' into '{folder}'";
    }
}
