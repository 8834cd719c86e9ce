using Gpu.Engine.Results;
using Gpu.Loader.Labels;

namespace Gpu.Cli.Catalogue;

/// <summary>A region that a query asked for.</summary>
/// <param name="Label">Its class.</param>
/// <param name="Confidence">Mean of its cells' probabilities.</param>
/// <param name="Share">Its share of the picture.</param>
/// <param name="Box">The least rectangle around it.</param>
/// <param name="X">Mean column of its pixels.</param>
/// <param name="Y">Mean row of its pixels.</param>
/// <param name="Position">The part of the picture where its mean lies.</param>
internal sealed record FoundRegion(ClassLabel Label, double Confidence, double Share, PixelBox Box, double X, double Y, PicturePosition Position);

/// <summary>An answer to a query.</summary>
/// <param name="Path">The file.</param>
/// <param name="Score">Sum of confidence x share of the regions.</param>
/// <param name="Width">Columns of the picture.</param>
/// <param name="Height">Rows of the picture.</param>
/// <param name="Best">The most probable class of the picture as a whole.</param>
/// <param name="Regions">Those asked for, by confidence x share; none if the query only says what there shall not be.</param>
internal sealed record FoundPicture(string Path, double Score, int Width, int Height, ClassLabel Best, IReadOnlyList<FoundRegion> Regions);
