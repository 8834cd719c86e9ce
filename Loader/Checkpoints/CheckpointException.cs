namespace Gpu.Loader.Checkpoints;

/// <summary>
/// A checkpoint cannot be read or written. The only exception of this folder: its message is one sentence that names the file,
/// the tensor if there is one, what was found and what to do.
/// </summary>
public sealed class CheckpointException : Exception
{
    /// <summary>An unexplained failure.</summary>
    public CheckpointException()
    {
    }

    /// <summary>A failure with its sentence.</summary>
    public CheckpointException(string message)
        : base(message)
    {
    }

    /// <summary>A failure with its sentence and cause.</summary>
    public CheckpointException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The remedy for a file whose structure is broken.</summary>
    internal const string Damaged = "the file is damaged; copy or download it again";

    /// <summary>A sentence whose subject is the file.</summary>
    internal static CheckpointException For(string path, string problem, Exception? cause = null) => new($"'{path}' {problem}.", cause);

    /// <summary>A sentence whose subject is a tensor of the file.</summary>
    internal static CheckpointException ForTensor(string path, string tensor, string problem) => new($"'{path}': tensor '{tensor}' {problem}.");
}
