using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Checkpoints;

namespace Gpu.Tests.Reference;

/// <summary>
/// TF-Slim's VGG networks in float64, straight from a checkpoint's variables; independent of the product's table of layers.
/// </summary>
internal static class ReferenceNetwork
{
    private static readonly Dictionary<string, int[]> ConvolutionsPerGroup = new()
    {
        ["vgg_a"] = [1, 1, 2, 2, 2],
        ["vgg_16"] = [2, 2, 3, 3, 3],
        ["vgg_19"] = [2, 2, 4, 4, 4],
    };

    /// <summary>Logits, rows x columns x classes, of a batch.</summary>
    public static double[] Logits(Checkpoint checkpoint, string scope, Shape input, float[] values, Padding fc6Padding)
    {
        var activations = Array.ConvertAll(values, v => (double)v);
        var shape = input;
        var groups = ConvolutionsPerGroup[scope];
        for (var group = 1; group <= groups.Length; group++)
        {
            for (var layer = 1; layer <= groups[group - 1]; layer++)
            {
                Apply($"conv{group}/conv{group}_{layer}", Padding.Same, relu: true);
            }

            activations = ReferenceOperations.MaxPool(shape, activations);
            shape = shape with { Height = shape.Height / 2, Width = shape.Width / 2 };
        }

        Apply("fc6", fc6Padding, relu: true);
        Apply("fc7", fc6Padding, relu: true);
        Apply("fc8", fc6Padding, relu: false);
        return activations;

        void Apply(string layer, Padding padding, bool relu)
        {
            var weights = Find(checkpoint, $"{scope}/{layer}/weights");
            var filter = new FilterShape((int)weights.Shape[0], (int)weights.Shape[1], (int)weights.Shape[2], (int)weights.Shape[3]);
            var specification = new ConvolutionSpecification(shape, filter, padding, relu);
            activations = ReferenceOperations.Convolution(
                specification,
                activations,
                checkpoint.ReadFloat32(weights).ToArray(),
                checkpoint.ReadFloat32(Find(checkpoint, $"{scope}/{layer}/biases")).ToArray());
            shape = specification.Output;
        }
    }

    private static TensorEntry Find(Checkpoint checkpoint, string name) =>
        checkpoint.TryFind(name, out var entry) ? entry : throw new ArgumentException($"No tensor {name}.");
}
