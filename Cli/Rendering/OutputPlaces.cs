namespace Gpu.Cli.Rendering;

/// <summary>
/// Names the pictures that a command saves: a single input's is the file that was asked for; several inputs' lie in a folder, each under
/// its input's name, and with a number where that is taken by another.
/// </summary>
internal sealed class OutputPlaces
{
    private readonly string target;
    private readonly bool isFolder;
    private readonly HashSet<string> taken = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Makes the folder if there is need of one.</summary>
    /// <param name="target">The file or folder that was asked for.</param>
    /// <param name="inputs">Inputs, or null if their number is not known.</param>
    /// <exception cref="OutputFileException">The folder cannot be made.</exception>
    public OutputPlaces(string target, int? inputs)
    {
        this.target = target;
        isFolder = inputs != 1 || Directory.Exists(target) || Path.EndsInDirectorySeparator(target);
        if (!isFolder)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(target);
        }
        catch (Exception exception) when (OutputFileException.IsOfDisk(exception))
        {
            throw OutputFileException.For(target, exception);
        }
    }

    /// <summary>Where the picture of an input is saved.</summary>
    /// <param name="input">The input's path.</param>
    /// <param name="extension">How its name ends in a folder.</param>
    public string For(string input, string extension = ".png")
    {
        if (!isFolder)
        {
            return target;
        }

        var stem = Path.GetFileNameWithoutExtension(input);
        var name = stem;
        for (var number = 2; !taken.Add(name); number++)
        {
            name = $"{stem}-{number}";
        }

        return Path.Combine(target, name + extension);
    }
}
