namespace Gpu.Cli.Laboratory;

/// <summary>A run with its place on the time line.</summary>
/// <param name="Start">When it began, with the input in the host's memory.</param>
/// <param name="End">When the logits were there.</param>
/// <param name="Layers">Its layers, in order.</param>
internal sealed record TracedRun(TimeSpan Start, TimeSpan End, IReadOnlyList<TracedLayer> Layers);
