using Gpu.Loader.Labels;

namespace Gpu.Cli.Inputs;

/// <summary>A picture file and the class that it is of.</summary>
internal sealed record LabelledPicture(string Path, ClassLabel Truth);

/// <summary>Finds pictures whose classes are known: in folders named after them, or in a list.</summary>
internal static class LabelledPictures
{
    private const char Separator = '\t';

    /// <summary>The pictures of a folder's subfolders, each of which bears the name, index or WordNet id of a class.</summary>
    /// <exception cref="UsageException">There are no such folders, one has no pictures, or its name means no class, or several.</exception>
    public static IReadOnlyList<LabelledPicture> InFolders(string folder, ClassNames classes)
    {
        var folders = Subfolders(folder);
        return folders.Count == 0
            ? throw new UsageException($"'{folder}' has no subfolders; give one that has a folder of pictures for each class, or name the classes with --truth.")
            : [.. folders.SelectMany(f => InFolder(f, Find(Path.GetFileName(f), f, classes)))];
    }

    /// <summary>The pictures of a list: a line has a path, a tab, and the name, index or WordNet id of a class.</summary>
    /// <param name="list">The list, in UTF-8.</param>
    /// <param name="folder">Where the paths begin.</param>
    /// <param name="classes">The classes.</param>
    /// <exception cref="UsageException">The list cannot be read or is empty, or a line is no such line.</exception>
    public static IReadOnlyList<LabelledPicture> InList(string list, string folder, ClassNames classes)
    {
        var pictures = Lines(list)
            .Select((line, index) => (Line: line, Place: $"'{list}', line {index + 1}"))
            .Where(l => !string.IsNullOrWhiteSpace(l.Line))
            .Select(l => l.Line.Split(Separator) is [{ Length: > 0 } path, var name]
                ? new LabelledPicture(Path.Combine(folder, path), Find(name, l.Place, classes))
                : throw new UsageException($"{l.Place}, has not two fields; write a path, a tab and a class."))
            .ToList();
        return pictures.Count > 0 ? pictures : throw new UsageException($"'{list}' names no pictures.");
    }

    private static ClassLabel Find(string name, string place, ClassNames classes)
    {
        try
        {
            return classes.Find(name) is [var label]
                ? label
                : throw new UsageException($"{place}: '{name}' is the name of several classes, {string.Join(" and ", classes.Find(name).Select(l => l.Index))}; write the index.");
        }
        catch (ClassNameException exception)
        {
            throw new UsageException($"{place}: {exception.Message}");
        }
    }

    private static IEnumerable<LabelledPicture> InFolder(string folder, ClassLabel truth) =>
        new PictureInputs([folder], recursive: true, TextReader.Null).Paths.Select(path => new LabelledPicture(path, truth));

    private static IReadOnlyList<string> Subfolders(string folder)
    {
        try
        {
            return [.. Directory.EnumerateDirectories(folder).Where(f => !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The folder '{folder}' cannot be listed ({exception.Message.TrimEnd('.')}).");
        }
    }

    private static string[] Lines(string list)
    {
        try
        {
            return File.ReadAllLines(list);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"The list '{list}' cannot be read ({exception.Message.TrimEnd('.')}); give a text file with a path, a tab and a class on each line.");
        }
    }
}
