using System.Runtime.InteropServices;
using Gpu.Engine.Results;
using Gpu.Loader.Labels;

namespace Gpu.Cli.Rendering;

/// <summary>The files of a label map: the map with its legend, the map over the photograph, and its numbers; each where a place is named.</summary>
/// <param name="Map">Places of the pictures of maps.</param>
/// <param name="Overlay">Places of the pictures of maps over photographs.</param>
/// <param name="Numbers">Places of the class indices as NumPy files.</param>
/// <param name="Confidence">Places of the confidences as NumPy files.</param>
/// <param name="Opacity">How much the colours cover the photograph, 0 to 1.</param>
internal sealed record LabelFiles(OutputPlaces? Map, OutputPlaces? Overlay, OutputPlaces? Numbers, OutputPlaces? Confidence, float Opacity)
{
    private const string NumpyExtension = ".npy";

    /// <summary>Whether a picture of any kind is saved.</summary>
    public bool HavePictures => Map is not null || Overlay is not null;

    /// <summary>Saves the files of a picture, with labels for every pixel where the map has them.</summary>
    /// <param name="item">The picture and its map.</param>
    /// <param name="wanted">The classes to paint, or null for all.</param>
    /// <returns>The files.</returns>
    /// <exception cref="OutputFileException">A file cannot be written.</exception>
    public IReadOnlyList<string> Save(LabelledImage item, IReadOnlyList<ClassLabel>? wanted)
    {
        var (map, saved) = (item.Map!, new List<string>());
        var classes = map.Pixels ?? map.Cells;
        var cells = HavePictures ? ClassSelection.Of(classes, wanted).Cells : null;
        if (Map is not null)
        {
            using var picture = LabelMapPicture.Draw(cells!);
            PictureFile.Save(picture, Place(Map.For(item.Path)));
        }

        if (Overlay is not null)
        {
            var (stride, offset) = map.Pixels is null ? (map.Stride, map.Offset) : (1, 0);
            using var picture = OverlayPicture.Draw(item.Image!, cells!, stride, offset, Opacity);
            PictureFile.Save(picture, Place(Overlay.For(item.Path)));
        }

        if (Numbers is not null)
        {
            NumpyFile.Save(Place(Numbers.For(item.Path, NumpyExtension)), classes.Rows, classes.Columns, CollectionsMarshal.AsSpan(classes.Indices.ToList()));
        }

        if (Confidence is not null)
        {
            NumpyFile.Save(
                Place(Confidence.For(item.Path, NumpyExtension)), map.Cells.Rows, map.Cells.Columns, CollectionsMarshal.AsSpan(map.Confidence.ToList()));
        }

        return saved;

        string Place(string file)
        {
            saved.Add(file);
            return file;
        }
    }
}
