namespace Gpu.Loader.Labels;

/// <summary>A class of a network's output.</summary>
/// <param name="Index">Index of its logit, from 0; TF-Slim's 1001-row table with its background row never shows.</param>
/// <param name="WordNetId">WordNet id such as <c>n04146614</c>, or null where the labels have none.</param>
/// <param name="Name">Name; not unique in ImageNet-1k (two <c>crane</c>, two <c>maillot</c>).</param>
public sealed record ClassLabel(int Index, string? WordNetId, string Name);
