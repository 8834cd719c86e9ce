using Gpu.Loader.Labels;

namespace Gpu.Engine.Results;

/// <summary>One of the best classes of a picture.</summary>
/// <param name="Rank">1 for the best.</param>
/// <param name="Label">The class.</param>
/// <param name="Probability">Softmax probability, 0..1.</param>
/// <param name="Logit">The network's output before softmax.</param>
public sealed record Prediction(int Rank, ClassLabel Label, float Probability, float Logit);
