using Gpu.Loader.Checkpoints.TensorFlowV1;
using Gpu.Loader.Networks;

namespace Gpu.WeightsTools;

/// <summary>
/// A VGG network with random weights in TF-Slim's names and shapes: uniform of He's variance 2 / fan-in (He et al., "Delving Deep
/// into Rectifiers", 2015, section 2.2), so that activations keep their scale through the layers, and small biases so that they
/// matter. Each value depends on seed, tensor and index alone.
/// </summary>
internal static class SyntheticNetwork
{
    private const float BiasScale = 0.05f;

    /// <summary>Values that one thread fills at a time.</summary>
    private const int PieceLength = 1 << 16;

    /// <summary>Bytes of the network's values.</summary>
    public static long Bytes(VggArchitecture architecture, int widthDivisor, int classes) =>
        Tensors(architecture, widthDivisor, classes, seed: 0).Sum(t => t.Shape.Aggregate((long)sizeof(float), (product, size) => product * size));

    /// <summary>Writes the network as a V1 checkpoint.</summary>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="architecture">Which network.</param>
    /// <param name="widthDivisor">All channels but the classes are divided by it, and are at least 1.</param>
    /// <param name="classes">Classes of the last layer.</param>
    /// <param name="seed">Other seeds give other weights.</param>
    /// <param name="progress">Told the bytes written so far.</param>
    /// <param name="cancellationToken">Cancels; nothing is left behind.</param>
    /// <exception cref="Loader.Checkpoints.CheckpointException">The file cannot be written.</exception>
    public static void Write(
        string path, VggArchitecture architecture, int widthDivisor, int classes, int seed,
        IProgress<long>? progress = null, CancellationToken cancellationToken = default) =>
        TensorFlowV1Writer.Write(path, [.. Tensors(architecture, widthDivisor, classes, seed)], globalStep: 0, progress, cancellationToken);

    private static IEnumerable<Float32Source> Tensors(VggArchitecture architecture, int widthDivisor, int classes, int seed)
    {
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

        yield return new Float32Source(
            $"{architecture.Scope}/mean_rgb", [ChannelMeans.Rgb.Length], (first, destination) => ChannelMeans.Rgb.Slice((int)first, destination.Length).CopyTo(destination.Span));
    }

    private static Float32Source Random(string name, long[] shape, float scale, int seed, ulong stream)
    {
        var start = Mix(Mix((uint)seed) + stream);
        return new Float32Source(name, shape, (first, destination) =>
            Parallel.For(0, (destination.Length + PieceLength - 1) / PieceLength, piece =>
            {
                var begin = piece * PieceLength;
                var values = destination.Span.Slice(begin, Math.Min(PieceLength, destination.Length - begin));
                for (var i = 0; i < values.Length; i++)
                {
                    // The upper 24 bits are a float in [0, 1) without rounding.
                    var uniform = (Mix(start + (ulong)(first + begin + i)) >> 40) * (1f / (1 << 24));
                    values[i] = ((2 * uniform) - 1) * scale;
                }
            }));
    }

    /// <summary>SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014, figure 15) of a counter.</summary>
    private static ulong Mix(ulong counter)
    {
        var z = counter * 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
}
