using Gpu.Cli.Rendering;

namespace Gpu.Cli.Redaction;

/// <summary>Where redacted pictures are saved: apart from the originals, which are replaced only if that is asked for.</summary>
internal sealed class RedactionPlaces
{
    private readonly Dictionary<string, string> targets = [];
    private readonly bool inPlace;

    /// <summary>Decides on a place for each picture.</summary>
    /// <param name="inputs">The pictures.</param>
    /// <param name="output">A file or folder, or null.</param>
    /// <param name="inPlace">Whether the pictures themselves are replaced.</param>
    /// <exception cref="UsageException">It is not clear where, the place is a picture's own, or has no format that can be written.</exception>
    /// <exception cref="OutputFileException">The folder cannot be made.</exception>
    public RedactionPlaces(IReadOnlyList<string> inputs, string? output, bool inPlace)
    {
        if (output is null != inPlace)
        {
            throw new UsageException("Name either --output, a file or a folder for the redacted pictures, or --in-place, which replaces the originals.");
        }

        (Inputs, this.inPlace) = (inputs, inPlace);
        var places = output is null ? null : new OutputPlaces(output, inputs.Count);
        var originals = inputs.Select(RealPath).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var input in inputs)
        {
            var target = places?.For(input, PictureFile.CanWrite(input) ? Path.GetExtension(input) : ".png") ?? input;
            if (!PictureFile.CanWrite(target))
            {
                throw new UsageException($"'{target}' is not named as one of the formats that can be written, PNG and JPEG; give an --output that is.");
            }

            if (places is not null && originals.Contains(RealPath(target)))
            {
                throw new UsageException($"'{target}' is one of the originals; give another --output, or --in-place to replace them.");
            }

            targets[input] = target;
        }
    }

    /// <summary>The pictures.</summary>
    public IReadOnlyList<string> Inputs { get; }

    /// <summary>Saves a redacted picture.</summary>
    /// <returns>The file; null if nothing was to be redacted in an original, which stays as it is.</returns>
    /// <exception cref="OutputFileException">The file cannot be written; nothing is left behind.</exception>
    public string? Save(RedactedImage redacted)
    {
        if (inPlace && redacted.Classes.Count == 0)
        {
            return null;
        }

        var target = targets[redacted.Item.Path];
        PictureFile.Save(redacted.Image, target);
        return target;
    }

    /// <summary>Where a file really lies, if a link stands for it.</summary>
    private static string RealPath(string path)
    {
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        }
        catch (Exception exception) when (OutputFileException.IsOfDisk(exception))
        {
            return Path.GetFullPath(path);
        }
    }
}
