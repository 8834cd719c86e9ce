using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Gpu.Loader.Checkpoints;

namespace Gpu.Loader.Networks;

/// <summary>
/// A layer's parameters, wherever and in whatever order a checkpoint stores them, as float32: a filter in height, width, inputs
/// (red, green, blue of the first layer), outputs, and biases. Batch normalization is folded in. Safe for several threads.
/// </summary>
public sealed class LayerWeights
{
    private readonly Checkpoint checkpoint;
    private readonly TensorEntry weights;
    private readonly TensorEntry biases;
    private readonly Normalization? normalization;
    private readonly WeightsOrder order;
    private readonly bool reversesInputs;
    private readonly Lazy<float[]> scales;
    private readonly Lock gate = new();
    private byte[]? assembled;

    internal LayerWeights(
        Checkpoint checkpoint, VggLayer layer, int inputs, int outputs, TensorEntry weights, TensorEntry biases, Normalization? normalization,
        WeightsOrder order, bool reversesInputs)
    {
        this.checkpoint = checkpoint;
        Layer = layer;
        InputChannels = inputs;
        OutputChannels = outputs;
        this.weights = weights;
        this.biases = biases;
        this.normalization = normalization;
        this.order = order;
        this.reversesInputs = reversesInputs;
        scales = new Lazy<float[]>(ReadScales);
    }

    /// <summary>The row in the table of layers.</summary>
    public VggLayer Layer { get; }

    /// <summary>Channels that come in.</summary>
    public int InputChannels { get; }

    /// <summary>Channels that go out.</summary>
    public int OutputChannels { get; }

    /// <summary>Whether the whole filter lies in the file as <see cref="TryReadInPlace"/> and <see cref="TryPin"/> give it; reads no values.</summary>
    public bool IsInPlace => IsFilter && checkpoint.IsInPlace(weights);

    /// <summary>The whole filter as it lies in the file; false where it is stored in another order or type, or in pieces.</summary>
    /// <exception cref="CheckpointException">The values are damaged.</exception>
    public bool TryReadInPlace(out ReadOnlySpan<float> hwio)
    {
        hwio = IsInPlace ? checkpoint.ReadFloat32(weights) : default;
        return IsInPlace;
    }

    /// <summary>
    /// Pins the whole filter where it lies in the mapped file: valid until the handle is disposed, perhaps unaligned. False where
    /// it is stored in another order or type, or in pieces.
    /// </summary>
    /// <exception cref="CheckpointException">The values are damaged.</exception>
    public bool TryPin(out MemoryHandle hwio)
    {
        hwio = default;
        return IsFilter && checkpoint.TryPin(weights, out hwio);
    }

    /// <summary>Reads a block of the filter: all positions of the kernel for ranges of inputs and outputs.</summary>
    /// <param name="firstInput">First input.</param>
    /// <param name="inputs">How many.</param>
    /// <param name="firstOutput">First output.</param>
    /// <param name="outputs">How many.</param>
    /// <param name="destination">Receives [kernel row][kernel column][input][output].</param>
    /// <exception cref="CheckpointException">The values are damaged.</exception>
    public void Read(int firstInput, int inputs, int firstOutput, int outputs, Span<float> destination)
    {
        var positions = Layer.KernelSize * Layer.KernelSize;
        var bytes = checkpoint.IsInPlace(weights) ? checkpoint.ReadBytes(weights) : Assembled();
        if (order == WeightsOrder.Hwio)
        {
            for (var position = 0; position < positions; position++)
            {
                for (var i = 0; i < inputs; i++)
                {
                    var row = ((long)position * InputChannels) + StoredInput(firstInput + i);
                    Decode(weights.Type, bytes, (row * OutputChannels) + firstOutput, destination.Slice(((position * inputs) + i) * outputs, outputs), 1);
                }
            }
        }
        else
        {
            for (var o = 0; o < outputs; o++)
            {
                for (var i = 0; i < inputs; i++)
                {
                    var first = (((long)(firstOutput + o) * InputChannels) + StoredInput(firstInput + i)) * positions;
                    Decode(weights.Type, bytes, first, destination[((i * outputs) + o)..(((((positions - 1) * inputs) + i) * outputs) + o + 1)], inputs * outputs);
                }
            }
        }

        Scale(firstOutput, outputs, destination[..(positions * inputs * outputs)]);
    }

    /// <summary>Reads the biases, one for each output.</summary>
    /// <exception cref="CheckpointException">The values are damaged.</exception>
    public float[] ReadBiases()
    {
        var values = ReadVector(biases);
        if (normalization is not null)
        {
            var (mean, shift) = (ReadVector(normalization.Mean), ReadVector(normalization.Shift));
            for (var o = 0; o < values.Length; o++)
            {
                values[o] = ((values[o] - mean[o]) * scales.Value[o]) + shift[o];
            }
        }

        return values;
    }

    /// <summary>
    /// Drops what <see cref="Read"/> keeps from block to block of a filter that the file holds in pieces, and the memory in which
    /// the file's part is mapped: for when the filter is prepared and not used in place.
    /// </summary>
    public void Release()
    {
        lock (gate)
        {
            assembled = null;
        }

        checkpoint.Evict(weights);
    }

    /// <summary>Whether the stored values are the filter, unchanged.</summary>
    private bool IsFilter => weights.Type == ElementType.Float32 && order == WeightsOrder.Hwio && !reversesInputs && normalization is null;

    private byte[] Assembled()
    {
        lock (gate)
        {
            return assembled ??= checkpoint.ReadArray(weights);
        }
    }

    private int StoredInput(int input) => reversesInputs ? InputChannels - 1 - input : input;

    private void Scale(int firstOutput, int outputs, Span<float> block)
    {
        if (normalization is null)
        {
            return;
        }

        var factors = scales.Value.AsSpan(firstOutput, outputs);
        for (; !block.IsEmpty; block = block[outputs..])
        {
            for (var o = 0; o < outputs; o++)
            {
                block[o] *= factors[o];
            }
        }
    }

    /// <summary>Batch normalization at inference, (x - mean) * scale / sqrt(variance + epsilon) + shift (Ioffe and Szegedy, 2015, algorithm 2).</summary>
    private float[] ReadScales()
    {
        var (scale, variance) = (ReadVector(normalization!.Scale), ReadVector(normalization.Variance));
        return [.. scale.Select((s, o) => (float)(s / Math.Sqrt((double)variance[o] + normalization.Epsilon)))];
    }

    private float[] ReadVector(TensorEntry entry)
    {
        var values = new float[OutputChannels];
        Decode(entry.Type, checkpoint.ReadBytes(entry), 0, values, 1);
        return values;
    }

    /// <summary>Reads consecutive elements of a type to every so many places of a span.</summary>
    private static void Decode(ElementType type, ReadOnlySpan<byte> bytes, long first, Span<float> destination, int step)
    {
        var source = bytes[checked((int)(first * type.Size()))..];
        if (type == ElementType.Float32 && step == 1)
        {
            MemoryMarshal.Cast<byte, float>(source[..(destination.Length * sizeof(float))]).CopyTo(destination);
            return;
        }

        for (var (i, at) = (0, 0); at < destination.Length; i++, at += step)
        {
            destination[at] = type switch
            {
                ElementType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(source[(i * sizeof(float))..]),
                ElementType.Float16 => (float)BinaryPrimitives.ReadHalfLittleEndian(source[(i * sizeof(ushort))..]),
                ElementType.BFloat16 => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(source[(i * sizeof(ushort))..]) << 16),
                _ => (float)BinaryPrimitives.ReadDoubleLittleEndian(source[(i * sizeof(double))..]),
            };
        }
    }

    /// <summary>Tensors of a batch normalization.</summary>
    internal sealed record Normalization(TensorEntry Scale, TensorEntry Shift, TensorEntry Mean, TensorEntry Variance, float Epsilon);
}
