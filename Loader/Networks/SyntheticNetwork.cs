using System.Runtime.InteropServices;
using Gpu.Loader.Checkpoints;

namespace Gpu.Loader.Networks;

/// <summary>
/// A VGG network with random weights in TF-Slim's names and shapes: uniform of He's variance 2 / fan-in (He et al., "Delving Deep
/// into Rectifiers", 2015, section 2.2), so that activations keep their scale through the layers, and small biases so that they
/// matter. Each value depends on seed, tensor and index alone.
/// </summary>
public static class SyntheticNetwork
{
    private const float BiasScale = 0.05f;

    /// <summary>Bytes that one thread fills at a time.</summary>
    private const int PieceLength = 1 << 18;

    private delegate void FillValues(long first, Span<float> values);

    /// <summary>Bytes of the network's values.</summary>
    /// <param name="architecture">Which network.</param>
    /// <param name="widthDivisor">As of <see cref="Write"/>.</param>
    /// <param name="classes">Classes of the last layer.</param>
    public static long Bytes(VggArchitecture architecture, int widthDivisor, int classes) =>
        Tensors(architecture, widthDivisor, classes, seed: 0).Sum(t => t.Bytes);

    /// <summary>Writes the network with a <c>global_step</c> of 0.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="format">Format of the file.</param>
    /// <param name="architecture">Which network.</param>
    /// <param name="widthDivisor">All channels but the classes are divided by it, and are at least 1.</param>
    /// <param name="classes">Classes of the last layer.</param>
    /// <param name="seed">Other seeds give other weights.</param>
    /// <param name="progress">Told the bytes written so far.</param>
    /// <param name="cancellationToken">Cancels; nothing is left behind.</param>
    /// <exception cref="CheckpointException">The file cannot be written.</exception>
    public static void Write(
        string path, CheckpointFormat format, VggArchitecture architecture, int widthDivisor, int classes, int seed,
        IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        CheckpointWriter.Write(path, format, [.. Tensors(architecture, widthDivisor, classes, seed)], progress, cancellationToken);

    /// <summary>The network in memory alone.</summary>
    /// <param name="architecture">Which network.</param>
    /// <param name="widthDivisor">As of <see cref="Write"/>.</param>
    /// <param name="classes">Classes of the last layer.</param>
    /// <param name="seed">Other seeds give other weights.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static Checkpoint InMemory(
        VggArchitecture architecture, int widthDivisor, int classes, int seed, CancellationToken cancellationToken = default) =>
        Checkpoint.InMemory("synthetic network", [.. Tensors(architecture, widthDivisor, classes, seed)], cancellationToken);

    /// <summary>The tensors of the network, for writers of other formats.</summary>
    /// <param name="architecture">Which network.</param>
    /// <param name="widthDivisor">As of <see cref="Write"/>.</param>
    /// <param name="classes">Classes of the last layer.</param>
    /// <param name="seed">Other seeds give other weights.</param>
    public static IEnumerable<TensorSource> Tensors(VggArchitecture architecture, int widthDivisor, int classes, int seed)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        long channels = VggArchitecture.InputChannels;
        ulong stream = 0;
        foreach (var layer in architecture.Layers.Where(l => l.Kind != VggLayerKind.MaxPool))
        {
            var outputs = ReferenceEquals(layer, architecture.Layers[^1]) ? classes : Math.Max(1, layer.OutputChannels / widthDivisor);
            var fanIn = layer.KernelSize * layer.KernelSize * channels;
            yield return Random(architecture.WeightsName(layer), [layer.KernelSize, layer.KernelSize, channels, outputs], MathF.Sqrt(6f / fanIn), seed, stream++);
            yield return Random(architecture.BiasesName(layer), [outputs], BiasScale, seed, stream++);
            channels = outputs;
        }

        yield return Float32($"{architecture.Scope}/mean_rgb", [ChannelMeans.Rgb.Length], (first, destination) => ChannelMeans.Rgb.Slice((int)first, destination.Length).CopyTo(destination));
        yield return new TensorSource("global_step", ElementType.Int64, [], sizeof(long), (_, destination) => destination.Span.Clear());
    }

    private static TensorSource Random(string name, long[] shape, float scale, int seed, ulong stream)
    {
        var start = Mix(Mix((uint)seed) + stream);
        return Float32(name, shape, (first, values) =>
        {
            for (var i = 0; i < values.Length; i++)
            {
                // The upper 24 bits are a float in [0, 1) without rounding.
                var uniform = (Mix(start + (ulong)(first + i)) >> 40) * (1f / (1 << 24));
                values[i] = ((2 * uniform) - 1) * scale;
            }
        });
    }

    /// <summary>A tensor whose values all threads fill.</summary>
    private static TensorSource Float32(string name, long[] shape, FillValues fill) =>
        new(name, ElementType.Float32, shape, shape.Aggregate((long)sizeof(float), (product, size) => product * size), (offset, destination) =>
            Parallel.For(0, (destination.Length + PieceLength - 1) / PieceLength, piece =>
            {
                var begin = piece * PieceLength;
                var values = destination.Span.Slice(begin, Math.Min(PieceLength, destination.Length - begin));
                fill((offset + begin) / sizeof(float), MemoryMarshal.Cast<byte, float>(values));
            }));

    /// <summary>SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014, figure 15) of a counter.</summary>
    private static ulong Mix(ulong counter)
    {
        var z = counter * 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
}
