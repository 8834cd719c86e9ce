using Gpu.Loader.Images;

namespace Gpu.Engine.Results;

/// <summary>What became of one file of a labelled sequence: a map, or the reason why there is none.</summary>
/// <param name="Path">The file, as it was named.</param>
/// <param name="Image">The decoded picture, or null if it could not be read.</param>
/// <param name="Map">Its labels, or null on error.</param>
/// <param name="Elapsed">Time of preprocessing and network; reading the file is not in it.</param>
/// <param name="Error">One sentence that names the file, or null if it was labelled.</param>
public sealed record LabelledImage(string Path, RgbImage? Image, LabelMap? Map, TimeSpan Elapsed, string? Error);
