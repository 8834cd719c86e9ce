using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Cases;

/// <summary>A named convolution. Every registered algorithm of every device is checked, and timed, on these.</summary>
public sealed record ConvolutionCase(string Name, ConvolutionSpecification Specification)
{
    /// <summary>
    /// Shapes small enough for ILGPU's CPU accelerator: every remainder of a tile, both paddings, kernels of all sizes.
    /// </summary>
    public static IReadOnlyList<ConvolutionCase> Tiny { get; } =
    [
        Case("one-value", new Shape(1, 1, 1, 1), 1, 1, Padding.Valid, relu: false),
        Case("ragged-3x3-same", new Shape(1, 5, 7, 3), 3, 5, Padding.Same, relu: true),
        Case("ragged-3x3-valid", new Shape(2, 4, 5, 2), 3, 3, Padding.Valid, relu: false),
        Case("one-pixel-batch-same", new Shape(3, 1, 1, 5), 7, 6, Padding.Same, relu: true),
        Case("kernel-larger-than-input-same", new Shape(1, 2, 3, 4), 7, 6, Padding.Same, relu: true),
        Case("even-kernel-same", new Shape(1, 4, 3, 2), 2, 3, Padding.Same, relu: false),
        Case("fully-connected", new Shape(2, 3, 3, 4), 3, 9, Padding.Valid, relu: true),
        Case("pooled-3x3-same", new Shape(1, 5, 6, 3), 3, 5, Padding.Same, relu: true, pooled: true),
    ];

    /// <summary>Shapes that are no multiple of any tile, block or vector, at moderate size.</summary>
    public static IReadOnlyList<ConvolutionCase> Ragged { get; } =
    [
        .. Tiny,
        Case("odd-channels", new Shape(1, 13, 11, 17), 3, 37, Padding.Same, relu: true),
        Case("one-channel-in", new Shape(1, 9, 31, 1), 3, 16, Padding.Same, relu: false),
        Case("one-channel-out", new Shape(1, 9, 10, 33), 3, 1, Padding.Same, relu: false),
        Case("rgb-in", new Shape(1, 29, 45, 3), 3, 64, Padding.Same, relu: true),
        Case("batch", new Shape(5, 10, 9, 20), 3, 24, Padding.Same, relu: true),
        Case("pointwise", new Shape(3, 6, 5, 70), 1, 130, Padding.Valid, relu: true),
        Case("pointwise-one-position", new Shape(1, 1, 1, 515), 1, 129, Padding.Valid, relu: false),
        Case("5x5-same", new Shape(1, 12, 15, 9), 5, 21, Padding.Same, relu: false),
        Case("7x7-valid", new Shape(1, 9, 12, 34), 7, 40, Padding.Valid, relu: true),
        Case("7x7-same", new Shape(1, 8, 6, 33), 7, 18, Padding.Same, relu: false),
        Case("7x7-fully-connected", new Shape(3, 7, 7, 40), 7, 90, Padding.Valid, relu: true),
        Case("7x7-valid-odd-map", new Shape(2, 11, 9, 18), 7, 37, Padding.Valid, relu: true),
        Case("7x7-same-odd-map", new Shape(1, 9, 13, 24), 7, 1000, Padding.Same, relu: false),
        Case("7x7-valid-larger-odd-map", new Shape(2, 15, 17, 21), 7, 37, Padding.Valid, relu: true),
        Case("7x7-same-larger-odd-map", new Shape(1, 13, 17, 24), 7, 1000, Padding.Same, relu: false),
        Case("7x7-more-tiles-than-a-run", new Shape(3, 14, 26, 72), 7, 40, Padding.Same, relu: true),
        Case("7x7-valid-pairs-of-blocks", new Shape(1, 20, 19, 32), 7, 33, Padding.Valid, relu: true),
        Case("7x7-same-pairs-of-blocks-large", new Shape(2, 23, 30, 50), 7, 70, Padding.Same, relu: false),
        Case("pointwise-pairs-of-blocks", new Shape(3, 9, 13, 96), 1, 1000, Padding.Valid, relu: true),
        Case("7x7-same-one-pixel", new Shape(1, 1, 1, 40), 7, 37, Padding.Same, relu: true),
        Case("fully-connected-batch-of-2", new Shape(2, 7, 7, 19), 7, 1000, Padding.Valid, relu: false),
        Case("fully-connected-batch-of-64", new Shape(64, 1, 1, 133), 1, 1000, Padding.Same, relu: true),
        Case("7x7-fully-connected-batch-of-70", new Shape(70, 7, 7, 19), 7, 90, Padding.Valid, relu: true),
        Case("pointwise-map", new Shape(1, 18, 26, 72), 1, 1000, Padding.Valid, relu: false),
        Case("wide", new Shape(1, 3, 203, 8), 3, 10, Padding.Same, relu: true),
        Case("tall", new Shape(1, 203, 2, 8), 3, 10, Padding.Same, relu: true),
        Case("3x3-valid-map", new Shape(2, 15, 17, 37), 3, 17, Padding.Valid, relu: true),
        Case("whole-tiles", new Shape(1, 24, 12, 32), 3, 48, Padding.Same, relu: false),
        Case("vectors-valid", new Shape(2, 9, 11, 40), 3, 72, Padding.Valid, relu: true),
        Case("vectors-pooled-odd", new Shape(2, 15, 13, 24), 3, 136, Padding.Same, relu: true, pooled: true),
        Case("vectors-7x7-fully-connected", new Shape(3, 7, 7, 40), 7, 96, Padding.Valid, relu: true),
        Case("pooled-even", new Shape(2, 12, 24, 17), 3, 37, Padding.Same, relu: true, pooled: true),
        Case("pooled-odd", new Shape(3, 15, 13, 37), 3, 17, Padding.Same, relu: false, pooled: true),
        Case("pooled-odd-valid", new Shape(1, 11, 21, 16), 3, 33, Padding.Valid, relu: true, pooled: true),
        Case("pooled-one-window", new Shape(5, 2, 3, 5), 3, 20, Padding.Same, relu: true, pooled: true),
        Case("pooled-many-tiles", new Shape(2, 67, 130, 6), 3, 8, Padding.Same, relu: true, pooled: true),
        Case("blocks-of-channels", new Shape(3, 13, 11, 64), 3, 64, Padding.Same, relu: true),
        Case("blocks-of-channels-wide", new Shape(2, 9, 21, 128), 3, 128, Padding.Same, relu: false),
        Case("blocks-of-channels-flat", new Shape(1, 5, 70, 192), 3, 192, Padding.Same, relu: true),
        Case("blocks-of-channels-pooled", new Shape(3, 14, 20, 64), 3, 256, Padding.Same, relu: true, pooled: true),
        Case("blocks-of-channels-pooled-odd", new Shape(4, 13, 9, 128), 3, 64, Padding.Same, relu: true, pooled: true),
    ];

    /// <summary>The distinct convolutions of VGG-16 on a 224x224 picture, and its fully connected layers, also of a batch and on a larger picture.</summary>
    public static IReadOnlyList<ConvolutionCase> Vgg16 { get; } =
    [
        Case("conv1_1", new Shape(1, 224, 224, 3), 3, 64, Padding.Same, relu: true),
        Case("conv1_2", new Shape(1, 224, 224, 64), 3, 64, Padding.Same, relu: true),
        Case("conv2_1", new Shape(1, 112, 112, 64), 3, 128, Padding.Same, relu: true),
        Case("conv2_2", new Shape(1, 112, 112, 128), 3, 128, Padding.Same, relu: true),
        Case("conv3_1", new Shape(1, 56, 56, 128), 3, 256, Padding.Same, relu: true),
        Case("conv3_2", new Shape(1, 56, 56, 256), 3, 256, Padding.Same, relu: true),
        Case("conv4_1", new Shape(1, 28, 28, 256), 3, 512, Padding.Same, relu: true),
        Case("conv4_2", new Shape(1, 28, 28, 512), 3, 512, Padding.Same, relu: true),
        Case("conv5_1", new Shape(1, 14, 14, 512), 3, 512, Padding.Same, relu: true),
        Case("fc6", new Shape(1, 7, 7, 512), 7, 4096, Padding.Valid, relu: true),
        Case("fc7", new Shape(1, 1, 1, 4096), 1, 4096, Padding.Valid, relu: true),
        Case("fc6-batch-of-8", new Shape(8, 7, 7, 512), 7, 4096, Padding.Valid, relu: true),
        Case("fc7-batch-of-8", new Shape(8, 1, 1, 4096), 1, 4096, Padding.Valid, relu: true),
        Case("fc6-map", new Shape(1, 9, 12, 512), 7, 4096, Padding.Valid, relu: true),
        Case("fc7-map", new Shape(1, 8, 9, 4096), 1, 4096, Padding.Valid, relu: true),
        Case("fc8", new Shape(1, 1, 1, 4096), 1, 1000, Padding.Valid, relu: false),
    ];

    /// <summary>The case's name.</summary>
    public override string ToString() => Name;

    private static ConvolutionCase Case(string name, Shape input, int kernel, int outputChannels, Padding padding, bool relu, bool pooled = false) =>
        new(name, new ConvolutionSpecification(input, new FilterShape(kernel, kernel, input.Channels, outputChannels), padding, relu, pooled));
}
