using Gpu.Loader.Images;

namespace Gpu.Engine.Results;

/// <summary>What became of one file of a classified sequence: predictions, or the reason why it could not be read.</summary>
/// <param name="Path">The file, as it was named.</param>
/// <param name="Image">The decoded picture, or null if it could not be read.</param>
/// <param name="Predictions">The best classes, best first; empty on error.</param>
/// <param name="Elapsed">Time of preprocessing and network, the batch's divided by its pictures; reading the file is not in it.</param>
/// <param name="Error">One sentence that names the file, or null if it was classified.</param>
public sealed record ClassifiedImage(
    string Path, RgbImage? Image, IReadOnlyList<Prediction> Predictions, TimeSpan Elapsed, string? Error);
