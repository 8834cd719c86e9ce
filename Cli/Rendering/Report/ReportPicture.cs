using System.Globalization;
using Gpu.Engine.Results;
using Gpu.Loader.Images;
using SkiaSharp;

namespace Gpu.Cli.Rendering.Report;

/// <summary>A picture of a report, as the page's script reads it.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="File">The file, as it was named.</param>
/// <param name="Width">Columns of the photograph.</param>
/// <param name="Height">Rows of the photograph.</param>
/// <param name="Photo">The photograph, scaled for the screen, as a <c>data:</c> address.</param>
/// <param name="Input">What the network saw of it, as a <c>data:</c> address.</param>
/// <param name="Predictions">The best classes, best first.</param>
/// <param name="Map">The label map, or null.</param>
/// <param name="Note">A sentence about the map, or null.</param>
internal sealed record ReportPicture(
    string Name, string File, int Width, int Height, string Photo, string Input, IReadOnlyList<ReportClass> Predictions, ReportMap? Map, string? Note)
{
    private const int GreatestSide = 1024;

    /// <summary>Encodes the pictures.</summary>
    /// <param name="file">The file, as it was named.</param>
    /// <param name="photo">The photograph.</param>
    /// <param name="input">What the network saw of it.</param>
    /// <param name="predictions">The best classes, best first.</param>
    /// <param name="map">The label map, or null.</param>
    /// <param name="note">A sentence about the map, or null.</param>
    public static ReportPicture Create(
        string file, RgbImage photo, RgbImage input, IReadOnlyList<Prediction> predictions, LabelMap? map, string? note) => new(
            Path.GetFileName(file),
            file,
            photo.Width,
            photo.Height,
            PictureUri.Photograph(photo, GreatestSide),
            PictureUri.Exact(input),
            [.. predictions.Select(p => new ReportClass(p.Label.Name, p.Label.WordNetId, p.Probability))],
            map is null ? null : ReportMap.Create(map),
            note);
}

/// <summary>One of the best classes.</summary>
internal sealed record ReportClass(string Name, string? Wnid, float Probability);

/// <summary>A label map, its cells row by row.</summary>
/// <param name="Rows">Rows of cells.</param>
/// <param name="Columns">Columns of cells.</param>
/// <param name="Stride">Side of the square that a cell labels, in pixels of the photograph.</param>
/// <param name="Offset">Where the first cell's square begins, from the left and from the top, in pixels of the photograph.</param>
/// <param name="Classes">The classes present; a class's place is its id.</param>
/// <param name="Ids">The id of every cell's class.</param>
/// <param name="Confidence">The probability of every cell's class, to three decimals.</param>
/// <param name="Regions">Where the numbers of the regions stand.</param>
internal sealed record ReportMap(
    int Rows, int Columns, int Stride, int Offset, IReadOnlyList<ReportMapClass> Classes, IReadOnlyList<int> Ids, IReadOnlyList<double> Confidence, IReadOnlyList<ReportRegion> Regions)
{
    /// <summary>Takes a map's cells, with the colours that its pictures have.</summary>
    public static ReportMap Create(LabelMap map)
    {
        var cells = map.Cells;
        var colours = ClassColours.For(cells.Classes.Count);
        var confidence = map.Confidence.Zip(cells.Ids).GroupBy(c => c.Second, c => c.First).ToDictionary(c => c.Key, c => c.Average());
        return new ReportMap(
            cells.Rows,
            cells.Columns,
            map.Stride,
            map.Offset,
            [.. cells.Classes.Select(c => new ReportMapClass(
                c.Id, c.Label.Name, c.Count, c.Share, confidence[c.Id], Css(colours[c.Id]), Css(ClassColours.Ink(colours[c.Id]))))],
            cells.Ids,
            [.. map.Confidence.Select(c => Math.Round(c, 3))],
            [.. CellRegions.Centres(CellMap.Of(cells)).Select(r => new ReportRegion(r.Row, r.Column, r.Id))]);
    }

    private static string Css(SKColor colour) => string.Create(CultureInfo.InvariantCulture, $"#{colour.Red:x2}{colour.Green:x2}{colour.Blue:x2}");
}

/// <summary>A class of a map.</summary>
/// <param name="Id">Its number in the map.</param>
/// <param name="Name">Its name.</param>
/// <param name="Cells">Its cells.</param>
/// <param name="Share">Their share of the map, 0..1.</param>
/// <param name="Confidence">Mean of their probabilities, 0..1.</param>
/// <param name="Colour">Its colour, as CSS has it.</param>
/// <param name="Ink">The colour of text on it.</param>
internal sealed record ReportMapClass(int Id, string Name, int Cells, double Share, double Confidence, string Colour, string Ink);

/// <summary>Where a region's number stands.</summary>
internal sealed record ReportRegion(int Row, int Column, int Id);

/// <summary>What a report was made with.</summary>
/// <param name="Network">Name of the network.</param>
/// <param name="Device">The device that ran it.</param>
/// <param name="Classes">Classes that it knows.</param>
/// <param name="Generator">The program and its version.</param>
/// <param name="Failures">A sentence for each file that was left out.</param>
internal sealed record ReportRun(string Network, string Device, int Classes, string Generator, IReadOnlyList<string> Failures);
