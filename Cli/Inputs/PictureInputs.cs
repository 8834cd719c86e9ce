using System.IO.Enumeration;

namespace Gpu.Cli.Inputs;

/// <summary>
/// The picture files that arguments name: files, folders, patterns such as <c>photos/**/*.jpg</c>, <c>@list.txt</c> with a file a
/// line, and <c>-</c> for such a list on the standard input.
/// </summary>
internal sealed class PictureInputs
{
    /// <summary>The argument that stands for a list on the standard input.</summary>
    public const string StandardInput = "-";

    private const string AnyDepth = "**";

    private static readonly HashSet<string> Extensions = new([".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tga"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Folders and patterns are listed at once, the standard input is read as it comes.</summary>
    /// <param name="arguments">As above; a text that is none of these is taken for a file's path.</param>
    /// <param name="recursive">Whether folders stand for the pictures of their subfolders too.</param>
    /// <param name="standardInput">What <c>-</c> reads.</param>
    /// <exception cref="UsageException">A folder or pattern has no pictures, or a list cannot be read.</exception>
    public PictureInputs(IReadOnlyList<string> arguments, bool recursive, TextReader standardInput)
    {
        var parts = arguments
            .Select(a => a == StandardInput ? Lines(standardInput, "standard input") : Expand(a, recursive))
            .ToList();
        Paths = parts.SelectMany(p => p);
        Count = arguments.Contains(StandardInput) ? null : parts.Sum(p => p.Count());
    }

    /// <summary>The files in the order of the arguments, those of a folder by name; enumerate them once.</summary>
    public IEnumerable<string> Paths { get; }

    /// <summary>How many there are; null if a list is yet to come on the standard input.</summary>
    public int? Count { get; }

    private static IReadOnlyList<string> Expand(string argument, bool recursive)
    {
        if (argument.StartsWith('@') && !File.Exists(argument))
        {
            return ReadList(argument[1..]);
        }

        if (Directory.Exists(argument))
        {
            return Pictures(argument, recursive) is [_, ..] pictures
                ? pictures
                : throw new UsageException($"'{argument}' has no pictures ({string.Join(", ", Extensions)}){(recursive ? "" : "; --recursive looks into its subfolders")}.");
        }

        if (argument.AsSpan().ContainsAny('*', '?') && !File.Exists(argument))
        {
            return Match(argument) is [_, ..] matches
                ? matches
                : throw new UsageException($"No file matches '{argument}'.");
        }

        return [argument];
    }

    private static IReadOnlyList<string> ReadList(string path)
    {
        try
        {
            using var reader = new StreamReader(path);
            return [.. Lines(reader, path)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"The list '{path}' cannot be read ({exception.Message.TrimEnd('.')}); give a text file with the path of a picture on each line.");
        }
    }

    /// <summary>A path a line; files whose names are separated by zero bytes, as <c>find -print0</c> writes them, are taken too.</summary>
    private static IEnumerable<string> Lines(TextReader reader, string name)
    {
        while (reader.ReadLine() is { } line)
        {
            foreach (var path in line.Split('\0').Where(p => p.Length > 0))
            {
                yield return path.Any(char.IsControl) ? throw new UsageException($"The list on {name} holds control characters, so it is no list of files.") : path;
            }
        }
    }

    private static IReadOnlyList<string> Pictures(string folder, bool recursive) => InFolder(folder, () =>
    {
        var options = new EnumerationOptions { RecurseSubdirectories = recursive, IgnoreInaccessible = false };
        return
        [
            .. new FileSystemEnumerable<string>(folder, (ref entry) => entry.ToSpecifiedFullPath(), options)
            {
                ShouldIncludePredicate = (ref entry) => !entry.IsDirectory && Extensions.Contains(Path.GetExtension(entry.FileName.ToString())),
                ShouldRecursePredicate = (ref entry) => !IsLink(entry.Attributes),
            }.Order(StringComparer.Ordinal),
        ];
    });

    /// <summary>The files that a pattern matches, by name: <c>*</c> and <c>?</c> within a name, <c>**</c> for folders of any depth.</summary>
    private static IReadOnlyList<string> Match(string pattern)
    {
        var names = pattern.Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);
        var start = Array.FindIndex(names, n => n.AsSpan().ContainsAny('*', '?'));
        var folder = string.Join(Path.DirectorySeparatorChar, names[..start]);
        var root = Path.IsPathRooted(pattern) && folder.Length == 0 ? Path.DirectorySeparatorChar.ToString() : folder;
        return [.. Match(root, names[start..]).Distinct().Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Match(string folder, string[] names)
    {
        var searched = folder.Length == 0 ? "." : folder;
        if (names is [var last])
        {
            return InFolder(folder, () => [.. Directory.EnumerateFiles(searched).Select(f => Path.Combine(folder, Path.GetFileName(f))).Where(f => IsNamed(f, last))]);
        }

        if (!Directory.Exists(searched))
        {
            return [];
        }

        var folders = InFolder(folder, () => [.. Directory.EnumerateDirectories(searched).Where(f => !IsLink(File.GetAttributes(f))).Select(f => Path.Combine(folder, Path.GetFileName(f)))]);
        return names[0] == AnyDepth
            ? Match(folder, names[1..]).Concat(folders.SelectMany(f => Match(f, names)))
            : folders.Where(f => IsNamed(f, names[0])).SelectMany(f => Match(f, names[1..]));
    }

    /// <summary>Links to folders are not followed: they may lead back.</summary>
    private static bool IsLink(FileAttributes attributes) => attributes.HasFlag(FileAttributes.ReparsePoint);

    private static bool IsNamed(string path, string pattern) => FileSystemName.MatchesSimpleExpression(pattern, Path.GetFileName(path), ignoreCase: false);

    private static IReadOnlyList<string> InFolder(string folder, Func<IReadOnlyList<string>> list)
    {
        try
        {
            return list();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The folder '{folder}' cannot be listed ({exception.Message.TrimEnd('.')}).");
        }
    }
}
