using Gpu.Engine.Results;
using Gpu.Loader.Images;

namespace Gpu.Cli.Rendering;

/// <summary>The pictures of a label map: the map with its legend, and the map over the photograph.</summary>
internal static class LabelPictures
{
    /// <summary>How much the colours cover the photograph: enough to tell classes apart, little enough to see what they cover.</summary>
    private const float OverlayOpacity = 0.5f;

    /// <summary>Saves those pictures whose files are named; with labels for every pixel where the map has them.</summary>
    /// <exception cref="OutputFileException">A file cannot be written.</exception>
    public static void Save(LabelMap map, RgbImage photo, string? mapFile, string? overlayFile)
    {
        var cells = CellMap.Of(map.Pixels ?? map.Cells);
        var (stride, offset) = map.Pixels is null ? (map.Stride, map.Offset) : (1, 0);
        if (mapFile is not null)
        {
            using var picture = LabelMapPicture.Draw(cells);
            PictureFile.Save(picture, mapFile);
        }

        if (overlayFile is not null)
        {
            using var picture = OverlayPicture.Draw(photo, cells, stride, offset, OverlayOpacity);
            PictureFile.Save(picture, overlayFile);
        }
    }
}
