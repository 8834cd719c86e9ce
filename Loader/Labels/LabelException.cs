namespace Gpu.Loader.Labels;

/// <summary>A label file that cannot be used. The message is one sentence: the file, the line, what is wrong and the remedy.</summary>
public sealed class LabelException : Exception
{
    /// <summary>Describes a label file that cannot be used.</summary>
    /// <param name="file">Path of the file.</param>
    /// <param name="line">Number of the line from 1, or null where the file as a whole is meant.</param>
    /// <param name="problem">The rest of the sentence, from its verb, without the full stop.</param>
    /// <param name="innerException">What the file system reported, or null.</param>
    public LabelException(string file, int? line, string problem, Exception? innerException = null)
        : base(line is null ? $"{file} {problem}." : $"{file}, line {line}, {problem}.", innerException)
    {
        File = file;
        Line = line;
    }

    /// <summary>Path of the file.</summary>
    public string File { get; }

    /// <summary>Number of the line from 1, or null where the file as a whole is meant.</summary>
    public int? Line { get; }
}
