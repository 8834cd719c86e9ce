namespace Gpu.Cli.Rendering;

/// <summary>A result that cannot be saved. The message is one sentence: the file, what is wrong and the remedy.</summary>
internal sealed class OutputFileException : Exception
{
    private OutputFileException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Whether this is a failure of the file system, as writing a file meets it.</summary>
    public static bool IsOfDisk(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;

    /// <summary>Describes a result that cannot be saved.</summary>
    /// <param name="file">Path of the file.</param>
    /// <param name="cause">What the file system reported.</param>
    public static OutputFileException For(string file, Exception cause) => new(
        cause is DirectoryNotFoundException
            ? $"{file} cannot be saved because its folder does not exist; create the folder or give another path."
            : $"{file} cannot be saved ({cause.Message.TrimEnd('.')}); give another path or free some space.",
        cause);
}
