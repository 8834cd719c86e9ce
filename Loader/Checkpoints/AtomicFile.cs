namespace Gpu.Loader.Checkpoints;

/// <summary>Writes files that appear under their names only when they are complete and on the disk.</summary>
public static class AtomicFile
{
    /// <summary>Writes to a temporary file in the same folder and renames it.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="verify">Given the temporary file's path when it is complete; what it throws keeps the file from its name.</param>
    /// <exception cref="CheckpointException">The file cannot be written, for example because the disk is full; nothing is left behind.</exception>
    public static void Write(string path, Action<FileStream> write, Action<string>? verify = null) =>
        Write([path], streams => write(streams[0]), temporaries => verify?.Invoke(temporaries[0]));

    /// <summary>Writes files that belong together; none is renamed before all are complete.</summary>
    /// <param name="paths">The files; replaced if they exist, the last one last.</param>
    /// <param name="write">Writes the content of all.</param>
    /// <param name="verify">Given the temporary files' paths when they are complete; what it throws keeps all from their names.</param>
    /// <exception cref="CheckpointException">A file cannot be written; nothing is left behind.</exception>
    public static void Write(
        IReadOnlyList<string> paths, Action<IReadOnlyList<FileStream>> write, Action<IReadOnlyList<string>>? verify = null)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(write);
        foreach (var path in paths)
        {
            ArgumentException.ThrowIfNullOrEmpty(path);
            if (Directory.Exists(path))
            {
                throw CheckpointException.For(path, "is a folder", "name a file in it");
            }
        }

        var temporaries = paths.Select(p => $"{p}.{Guid.NewGuid():N}.tmp").ToList();
        var streams = new List<FileStream>();
        try
        {
            foreach (var temporary in temporaries)
            {
                streams.Add(new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16));
            }

            write(streams);
            foreach (var stream in streams)
            {
                stream.Flush(flushToDisk: true);
                stream.Dispose();
            }

            verify?.Invoke(temporaries);
            foreach (var (temporary, path) in temporaries.Zip(paths))
            {
                File.Move(temporary, path, overwrite: true);
            }
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or NotSupportedException || IsOfDisk(exception))
        {
            throw CheckpointException.For(
                paths[^1], $"cannot be written ({exception.Message.TrimEnd('.')})", "make room or choose another folder", cause: exception);
        }
        finally
        {
            streams.ForEach(Close);
            temporaries.Where(File.Exists).ToList().ForEach(File.Delete);
        }
    }

    /// <summary>.NET tells of files larger than the file system or the user's limit allows by an argument that nobody gave.</summary>
    private static bool IsOfDisk(Exception exception) => exception is IOException or ArgumentOutOfRangeException { ParamName: "value" };

    /// <summary>Closing flushes, which on a full disk fails again; the first failure is the one to tell.</summary>
    private static void Close(FileStream stream)
    {
        try
        {
            stream.Dispose();
        }
        catch (Exception exception) when (IsOfDisk(exception))
        {
            stream.SafeFileHandle.Dispose();
        }
    }
}
