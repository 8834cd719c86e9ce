using Gpu.Loader.Labels;

namespace Gpu.Engine.Results;

/// <summary>A rectangle of a picture, in pixels.</summary>
/// <param name="X">First column.</param>
/// <param name="Y">First row.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
public readonly record struct PixelBox(int X, int Y, int Width, int Height);

/// <summary>
/// Cells of one class: a connected region of a <see cref="LabelMap"/>, or all of a class (<see cref="LabelMap.Regions"/>,
/// <see cref="LabelMap.Objects"/>).
/// </summary>
/// <param name="Label">The class.</param>
/// <param name="Cells">The cells, as positions in the map's rows.</param>
/// <param name="Regions">Connected regions that the cells form.</param>
/// <param name="Confidence">Mean of the cells' softmax probabilities, 0..1.</param>
/// <param name="Share">Their share of the picture's area, 0..1; with VALID padding the map has a margin, so that the shares do not add up to 1.</param>
/// <param name="Box">The least rectangle around the pixels that they label.</param>
/// <param name="X">Mean column of these pixels.</param>
/// <param name="Y">Mean row of these pixels.</param>
/// <param name="Position">The part of the picture where their mean lies.</param>
public sealed record MapRegion(
    ClassLabel Label, IReadOnlyList<int> Cells, int Regions, double Confidence, double Share, PixelBox Box, double X, double Y, PicturePosition Position);
