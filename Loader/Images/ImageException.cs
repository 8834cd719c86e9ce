namespace Gpu.Loader.Images;

/// <summary>A picture that cannot be read. The message is one sentence: the file, what is wrong with it, and the remedy.</summary>
public sealed class ImageException : Exception
{
    /// <summary>Describes a picture that cannot be read.</summary>
    /// <param name="file">Path or name of the picture; the subject of the sentence.</param>
    /// <param name="problem">The rest of the sentence, from its verb, without the full stop.</param>
    /// <param name="innerException">What the decoder or the file system reported, or null.</param>
    public ImageException(string file, string problem, Exception? innerException = null)
        : base($"{file} {problem}.", innerException)
    {
        File = file;
    }

    /// <summary>Path or name of the picture.</summary>
    public string File { get; }
}
