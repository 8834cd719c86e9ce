using System.Text;

namespace Gpu.Cli.Rendering;

/// <summary>Where a command's results go: to the standard output, or to the file of <c>--output</c>, which appears when they are complete.</summary>
internal sealed class ResultOutput : IDisposable
{
    private readonly OutputFile? file;
    private readonly string? path;

    /// <summary>Begins the results.</summary>
    /// <param name="path">The file, or null for the standard output.</param>
    /// <param name="standardOutput">The standard output.</param>
    /// <exception cref="OutputFileException">The file cannot be written.</exception>
    public ResultOutput(string? path, TextWriter standardOutput)
    {
        this.path = path;
        file = path is null ? null : OutputFile.Create(path);
        Writer = file is null ? standardOutput : new StreamWriter(file.Stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
    }

    /// <summary>Receives the results.</summary>
    public TextWriter Writer { get; }

    /// <summary>Ends the results.</summary>
    /// <exception cref="OutputFileException">The file cannot be written; nothing is left behind.</exception>
    public void Commit()
    {
        try
        {
            Writer.Flush();
        }
        catch (IOException exception)
        {
            throw OutputFileException.For(path ?? "The standard output", exception);
        }

        file?.Commit();
    }

    /// <inheritdoc/>
    public void Dispose() => file?.Dispose();
}
