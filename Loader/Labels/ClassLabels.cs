using System.Collections.ObjectModel;
using System.Text;

namespace Gpu.Loader.Labels;

/// <summary>
/// Names of a network's classes, in the order of its logits. Two kinds of file are read: plain text with one name a line, and
/// tab-separated text with the header <c>index wnid name</c>, whose rows may stand in any order.
/// </summary>
public static class ClassLabels
{
    private const string TableHeader = "index\twnid\tname";
    private const string Resource = "Gpu.Loader.Labels.imagenet-1k.tsv";

    /// <summary>The longest label list known has some ten thousand names; a file beyond this is something else.</summary>
    private const int MaximumFileLength = 4 << 20;

    private const int MaximumNameLength = 1000;

    private static readonly Lazy<IReadOnlyList<ClassLabel>> LazyImageNet = new(ReadImageNet);

    /// <summary>
    /// The 1000 classes of ILSVRC-2012 in the order of their WordNet ids, which is the order of the logits of TF-Slim's VGG.
    /// </summary>
    public static IReadOnlyList<ClassLabel> ImageNet => LazyImageNet.Value;

    /// <summary>Reads a label file in UTF-8. Blank lines at its end do not count.</summary>
    /// <param name="path">The file.</param>
    /// <returns>One label a class; element <c>c</c> has index <c>c</c>.</returns>
    /// <exception cref="LabelException">The file cannot be read, is empty, too large or not text, or its indices are not 0, 1, 2, ... once each.</exception>
    public static IReadOnlyList<ClassLabel> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
        {
            throw new LabelException(path, null, "is a folder; give a text file with one class name a line");
        }

        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            return Parse(ReadText(stream, path), path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new LabelException(path, null, "does not exist; check the path", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new LabelException(path, null, $"cannot be read ({exception.Message.TrimEnd('.')}); check the path and its permissions", exception);
        }
    }

    private static ReadOnlyCollection<ClassLabel> ReadImageNet()
    {
        using var stream = typeof(ClassLabels).Assembly.GetManifestResourceStream(Resource)!;
        return Parse(ReadText(stream, Resource), Resource);
    }

    private static string ReadText(Stream stream, string path)
    {
        var bytes = new byte[MaximumFileLength + 1];
        var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (length > MaximumFileLength)
        {
            throw new LabelException(path, null, $"is larger than {MaximumFileLength} bytes, so it is no label file; give a text file with one class name a line");
        }

        try
        {
            var text = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes, 0, length);
            return text.TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException exception)
        {
            throw new LabelException(path, null, "is not UTF-8 text; save it as UTF-8", exception);
        }
    }

    private static ReadOnlyCollection<ClassLabel> Parse(string text, string path)
    {
        var lines = text.TrimEnd().Split('\n');
        for (var index = 0; index < lines.Length; index++)
        {
            lines[index] = lines[index].TrimEnd('\r');
            if (lines[index].Any(character => char.IsControl(character) && character != '\t'))
            {
                throw new LabelException(path, index + 1, "holds control characters, so it is no text; give a text file with one class name a line");
            }
        }

        var labels = lines[0] == TableHeader ? ParseTable(lines, path) : ParseNames(lines, path);
        return Array.AsReadOnly(labels);
    }

    private static ClassLabel[] ParseNames(string[] lines, string path)
    {
        if (lines is [""])
        {
            throw new LabelException(path, null, "is empty; write one class name a line");
        }

        return [.. lines.Select((line, index) => new ClassLabel(index, null, Name(line, path, index + 1)))];
    }

    private static ClassLabel[] ParseTable(string[] lines, string path)
    {
        var labels = new ClassLabel?[lines.Length - 1];
        if (labels.Length == 0)
        {
            throw new LabelException(path, null, "has a header but no classes; write one row a class");
        }

        for (var row = 1; row < lines.Length; row++)
        {
            var line = row + 1;
            var fields = lines[row].Split('\t');
            if (fields.Length != 3)
            {
                throw new LabelException(path, line, $"has {fields.Length} fields instead of 3; separate index, wnid and name by tabs");
            }

            if (!int.TryParse(fields[0], out var index) || index < 0 || index >= labels.Length)
            {
                throw new LabelException(path, line, $"has the index '{fields[0]}'; with {labels.Length} classes the indices are 0 to {labels.Length - 1}");
            }

            if (labels[index] is not null)
            {
                throw new LabelException(path, line, $"repeats the index {index}; give each class its own");
            }

            labels[index] = new ClassLabel(index, fields[1].Length == 0 ? null : fields[1], Name(fields[2], path, line));
        }

        // As many rows as indices, none of them outside or twice: each is there.
        return labels!;
    }

    private static string Name(string field, string path, int line)
    {
        var name = field.Trim();
        return name.Length switch
        {
            0 => throw new LabelException(path, line, "has no name; write one class name a line, without blank lines in between"),
            > MaximumNameLength => throw new LabelException(path, line, $"has a name of {name.Length} characters, more than the limit of {MaximumNameLength}; shorten it"),
            _ => name,
        };
    }
}
