namespace Gpu.Cli.Rendering;

/// <summary>
/// A file that appears whole or not at all: it is written beside its place under another name, and renamed by <see cref="Commit"/>.
/// Disposed without that, it leaves nothing behind.
/// </summary>
internal sealed class OutputFile : IDisposable
{
    private readonly string path;
    private readonly string temporary;
    private bool committed;

    private OutputFile(string path)
    {
        this.path = path;
        temporary = Path.Combine(Path.GetDirectoryName(path) ?? "", $".{Path.GetFileName(path)}.{Guid.NewGuid():N}");
        Stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite);
    }

    /// <summary>Receives the content.</summary>
    public FileStream Stream { get; }

    /// <summary>Begins a file.</summary>
    /// <param name="path">Where it shall appear; replaced if it exists.</param>
    /// <exception cref="OutputFileException">It cannot be written.</exception>
    public static OutputFile Create(string path)
    {
        try
        {
            return Directory.Exists(path) ? throw new IOException("It is a folder") : new OutputFile(path);
        }
        catch (Exception exception) when (OutputFileException.IsOfDisk(exception))
        {
            throw OutputFileException.For(path, exception);
        }
    }

    /// <summary>Writes a whole file.</summary>
    /// <param name="path">Where it shall appear; replaced if it exists.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="OutputFileException">It cannot be written; nothing is left behind.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        using var file = Create(path);
        try
        {
            write(file.Stream);
        }
        catch (Exception exception) when (OutputFileException.IsOfDisk(exception))
        {
            throw OutputFileException.For(path, exception);
        }

        file.Commit();
    }

    /// <summary>Gives the complete file its name.</summary>
    /// <exception cref="OutputFileException">It cannot be written.</exception>
    public void Commit()
    {
        try
        {
            Stream.Flush(flushToDisk: true);
            Stream.Dispose();
            File.Move(temporary, path, overwrite: true);
            committed = true;
        }
        catch (Exception exception) when (OutputFileException.IsOfDisk(exception))
        {
            throw OutputFileException.For(path, exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (committed)
        {
            return;
        }

        try
        {
            Stream.Dispose();
            File.Delete(temporary);
        }
        catch (Exception exception) when (OutputFileException.IsOfDisk(exception))
        {
            // A full disk fails again as the stream is closed; the reason is on its way already.
            Stream.SafeFileHandle.Dispose();
            File.Delete(temporary);
        }
    }
}
