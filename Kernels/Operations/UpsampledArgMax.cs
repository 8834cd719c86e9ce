using Gpu.Kernels.Tensors;

namespace Gpu.Kernels.Operations;

/// <summary>Where the pixels of a picture lie on a map of logits.</summary>
/// <param name="Height">Rows of labels to produce, in pixels.</param>
/// <param name="Width">Columns of labels to produce, in pixels.</param>
/// <param name="Stride">Pixels per cell.</param>
/// <param name="Offset">First pixel of cell 0, in both directions.</param>
public readonly record struct UpsamplingGrid(int Height, int Width, int Stride, int Offset)
{
    /// <summary>
    /// The position of a pixel's centre on the map, in cells between cell centres, clamped to the map:
    /// <c>(pixel + 0.5 - Offset) / Stride - 0.5</c>. Pixels outside the outer cells' centres take the outer cells' logits.
    /// </summary>
    /// <param name="pixel">Row or column of the picture.</param>
    /// <param name="cells">Rows or columns of the map.</param>
    public float Position(int pixel, int cells) =>
        Math.Clamp((pixel + 0.5f - Offset) / Stride - 0.5f, 0f, cells - 1);
}

/// <summary>
/// The class of highest bilinearly interpolated logit for every pixel, without a Height x Width x Classes tensor: four taps per
/// class and pixel, argmax fused. Equal to the argmax of FCN-32s' bilinear transposed convolution (Long, Shelhamer, Darrell,
/// "Fully Convolutional Networks for Semantic Segmentation", 2015, section 4). Ties take the lowest class index.
/// </summary>
public abstract class UpsampledArgMax : IDisposable
{
    /// <summary>Most classes that a 16-bit label holds.</summary>
    public const int MaximumClasses = 1 << 16;

    /// <summary>Fixes shape and grid.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The batch is not 1 or there are more than <see cref="MaximumClasses"/> classes.</exception>
    protected UpsampledArgMax(Shape logits, UpsamplingGrid grid)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(logits.Batch, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(logits.Channels, MaximumClasses);
        Logits = logits;
        Grid = grid;
    }

    /// <summary>The algorithm's name.</summary>
    public abstract string Algorithm { get; }

    /// <summary>Shape of the logits, one image.</summary>
    public Shape Logits { get; }

    /// <summary>The picture's pixels on the map.</summary>
    public UpsamplingGrid Grid { get; }

    /// <summary>Computes, waits and returns a label per pixel, row by row.</summary>
    /// <param name="logits">Logits.</param>
    /// <param name="labels">Height * Width entries.</param>
    /// <exception cref="ArgumentException">The tensor or span does not fit.</exception>
    public abstract void Run(Tensor logits, Span<ushort> labels);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases scratch memory.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>Refuses a result span of the wrong length.</summary>
    protected void CheckLength(int length)
    {
        if (length != (long)Grid.Height * Grid.Width)
        {
            throw new ArgumentException($"Labels of {Grid.Width}x{Grid.Height} pixels need {(long)Grid.Height * Grid.Width} entries, not {length}.");
        }
    }
}
