using Gpu.Engine.Results;
using Gpu.Loader.Images;
using Gpu.Loader.Labels;

namespace Gpu.Cli.Redaction;

/// <summary>A picture without the pixels of some classes.</summary>
/// <param name="Item">The picture as it was, with a class for every pixel.</param>
/// <param name="Image">The picture as it is now.</param>
/// <param name="Classes">Those of the classes that were found.</param>
internal sealed record RedactedImage(LabelledImage Item, RgbImage Image, IReadOnlyList<MapClass> Classes)
{
    /// <summary>Redacts a picture.</summary>
    /// <param name="item">The picture, with a class for every pixel.</param>
    /// <param name="classes">The classes that are not to be seen.</param>
    /// <param name="style">What takes the place of their pixels.</param>
    public static RedactedImage Of(LabelledImage item, IReadOnlyList<ClassLabel> classes, RedactionStyle style)
    {
        var pixels = item.Map!.Pixels!;
        var unwanted = pixels.Classes.Select(c => classes.Contains(c.Label) ? 1 : 0).ToArray();
        return new RedactedImage(
            item,
            Redactor.Redact(item.Image!, [.. pixels.Ids.Select(id => unwanted[id])], style),
            [.. pixels.Classes.Where(c => unwanted[c.Id] == 1)]);
    }
}
