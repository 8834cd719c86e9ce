using Gpu.Kernels.Tensors;

namespace Gpu.Kernels.Operations;

/// <summary>Softmax over the channels of every position: <c>p[c] = exp(x[c] - max x) / sum exp(x - max x)</c>.</summary>
public static class Softmax
{
    /// <summary>Subtract, exponential, add and divide per element; logits read and probabilities written once.</summary>
    public static OperationCost Cost(Shape logits) => new(4 * logits.Elements, 2 * sizeof(float) * logits.Elements);
}
