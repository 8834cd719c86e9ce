namespace Gpu.Cli.Catalogue;

/// <summary>By what a file is taken for unchanged without reading it.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Modified">When it was last written, in ticks of 100 ns since the year 1, UTC.</param>
internal sealed record FileStamp(string Path, long Size, long Modified)
{
    /// <summary>The stamp of a file as it is now.</summary>
    /// <exception cref="IOException">There is no such file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be looked at.</exception>
    public static FileStamp Of(string path)
    {
        var file = new FileInfo(path);
        return new FileStamp(file.FullName, file.Length, file.LastWriteTimeUtc.Ticks);
    }
}
