namespace Gpu.Cli.Rendering;

/// <summary>A picture that cannot be saved. The message is one sentence: the file, what is wrong and the remedy.</summary>
internal sealed class PictureFileException : Exception
{
    /// <summary>Describes a picture that cannot be saved.</summary>
    public PictureFileException(string file, string problem, Exception innerException)
        : base($"{file} {problem}.", innerException)
    {
    }
}
