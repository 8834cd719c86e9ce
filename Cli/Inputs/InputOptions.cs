using System.CommandLine;

namespace Gpu.Cli.Inputs;

/// <summary>The argument and option of every command that takes pictures.</summary>
internal sealed class InputOptions
{
    private readonly Argument<string[]> images = new("IMAGE")
    {
        Description = "Picture files (JPEG, PNG, BMP, GIF, TGA), folders, patterns ('photos/**/*.jpg'), @list.txt with a file a line, or - for such a list on the standard input.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<bool> recursive = new("--recursive", "-r") { Description = "Take the pictures of subfolders too." };

    /// <summary>Adds them to a command.</summary>
    public InputOptions AddTo(Command command)
    {
        command.Add(images);
        command.Add(recursive);
        return this;
    }

    /// <summary>The pictures that the command line names.</summary>
    /// <exception cref="UsageException">A folder or pattern has no pictures, or a list cannot be read.</exception>
    public PictureInputs Read(ParseResult parsed) => new(parsed.GetValue(images)!, parsed.GetValue(recursive), Console.In);
}
