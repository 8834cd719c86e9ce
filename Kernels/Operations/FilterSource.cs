using System.Buffers;

namespace Gpu.Kernels.Operations;

/// <summary>
/// Where an algorithm gets a layer's parameters from when it prepares them: in blocks, so that no whole filter is held in another
/// order or type beside its prepared form. Safe for several threads.
/// </summary>
public abstract class FilterSource
{
    /// <summary>Describes the filter.</summary>
    protected FilterSource(FilterShape shape) => Shape = shape;

    /// <summary>Shape of the filter.</summary>
    public FilterShape Shape { get; }

    /// <summary>The whole filter, HWIO, if it lies in memory or in a mapped file so; may be unaligned.</summary>
    public abstract bool TryGetWhole(out ReadOnlySpan<float> hwio);

    /// <summary>
    /// Pins the whole filter, HWIO, where it lies: the memory stays valid, whatever becomes of the source, until the handle is
    /// disposed, so that a prepared filter may use it in place. It may be unaligned. False if it does not lie anywhere so.
    /// </summary>
    public abstract bool TryPin(out MemoryHandle hwio);

    /// <summary>Reads all positions of the kernel for ranges of inputs and outputs.</summary>
    /// <param name="firstInput">First input.</param>
    /// <param name="inputs">How many.</param>
    /// <param name="firstOutput">First output.</param>
    /// <param name="outputs">How many.</param>
    /// <param name="destination">Receives [kernel row][kernel column][input][output].</param>
    public abstract void Read(int firstInput, int inputs, int firstOutput, int outputs, Span<float> destination);

    /// <summary>The biases: <see cref="FilterShape.OutputChannels"/> values.</summary>
    public abstract float[] ReadBiases();
}

/// <summary>Parameters in arrays.</summary>
public sealed class ArrayFilterSource : FilterSource
{
    private readonly float[] filter;
    private readonly float[] biases;

    /// <summary>Takes a filter, HWIO, and biases.</summary>
    /// <exception cref="ArgumentException">A length differs from the shape's.</exception>
    public ArrayFilterSource(FilterShape shape, float[] filter, float[] biases)
        : base(shape)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentNullException.ThrowIfNull(biases);
        if (filter.Length != shape.Elements || biases.Length != shape.OutputChannels)
        {
            throw new ArgumentException(
                $"A filter {shape} needs {shape.Elements} weights and {shape.OutputChannels} biases, not {filter.Length} and {biases.Length}.");
        }

        this.filter = filter;
        this.biases = biases;
    }

    /// <inheritdoc/>
    public override bool TryGetWhole(out ReadOnlySpan<float> hwio)
    {
        hwio = filter;
        return true;
    }

    /// <inheritdoc/>
    public override bool TryPin(out MemoryHandle hwio)
    {
        hwio = filter.AsMemory().Pin();
        return true;
    }

    /// <inheritdoc/>
    public override void Read(int firstInput, int inputs, int firstOutput, int outputs, Span<float> destination)
    {
        for (var position = 0; position < Shape.KernelHeight * Shape.KernelWidth; position++)
        {
            for (var i = 0; i < inputs; i++)
            {
                var row = (position * Shape.InputChannels) + firstInput + i;
                filter.AsSpan((row * Shape.OutputChannels) + firstOutput, outputs).CopyTo(destination[(((position * inputs) + i) * outputs)..]);
            }
        }
    }

    /// <inheritdoc/>
    public override float[] ReadBiases() => biases;
}
