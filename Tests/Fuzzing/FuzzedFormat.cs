using System.Runtime.InteropServices;
using Gpu.Cases;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Checkpoints.Slices;
using Gpu.Loader.Networks;
using Gpu.Tests.Loader.Checkpoints;

namespace Gpu.Tests.Fuzzing;

/// <summary>Small sound files of a checkpoint format, from which mutants are made.</summary>
/// <param name="Format">The format.</param>
/// <param name="Samples">Files that belong together, by name; the first is the one to open.</param>
/// <param name="Repair">Gives a mutated file checksums that fit.</param>
/// <param name="MutateStructure">Mutates the contents of such files inside a sound frame, the one of this index above all; the last argument is what parts are spliced in from.</param>
internal sealed record FuzzedFormat(
    CheckpointFormat Format,
    IReadOnlyList<IReadOnlyList<(string Name, byte[] Content)>> Samples,
    Action<byte[]>? Repair,
    Action<Mutator, byte[][], int, byte[]>? MutateStructure)
{
    /// <summary>Every format that is read.</summary>
    public static IEnumerable<FuzzedFormat> All =>
    [
        new(
            CheckpointFormat.TensorFlowV1,
            [
                Read(["v1", "nxt-safe"], "safe_model.ckpt"),
                Read(["synthetic", "v1", "dtypes"], "model.ckpt"),
                Read(["synthetic", "v1", "snappy"], "model.ckpt"),
                Read(["synthetic", "v1", "partitioned-2-shards"], "model.ckpt-5-00000-of-00002", "model.ckpt-5-00001-of-00002"),
                Network(CheckpointFormat.TensorFlowV1, "model.ckpt"),
            ],
            Checksums.RepairTable,
            StructuredMutations.MutateTable),
        new(
            CheckpointFormat.TensorFlowV2,
            [
                Read(["synthetic", "v2", "dtypes-2-shards"], "m.ckpt.index", "m.ckpt.data-00000-of-00002", "m.ckpt.data-00001-of-00002"),
                Read(["v2", "cartpole-2shards"], "variables.index", "variables.data-00000-of-00002", "variables.data-00001-of-00002"),
                Read(["v2", "serving-mlmd"], "variables.index", "variables.data-00000-of-00001"),
                Partitioned(),
                Network(CheckpointFormat.TensorFlowV2, "m.index", "m.data-00000-of-00001"),
            ],
            Checksums.RepairTable,
            StructuredMutations.MutateBundle),
        new(
            CheckpointFormat.Safetensors,
            [Safetensors(), Network(CheckpointFormat.Safetensors, "model.safetensors")],
            null,
            StructuredMutations.MutateHeader),
        new(
            CheckpointFormat.Hdf5,
            [
                Read(["hdf5"], "keras-2016.h5"),
                Read(["hdf5"], "types.h5"),
                Read(["hdf5"], "latest-format.h5"),
                Read(["hdf5"], "odd.h5"),
            ],
            Checksums.RepairHdf5,
            null),
    ];

    public override string ToString() => Format.ToString();

    private static (string Name, byte[] Content)[] Read(string[] folder, params string[] names) =>
        Read([.. names.Select(n => TestFiles.Data(["checkpoints", .. folder, n]))]);

    private static (string Name, byte[] Content)[] Read(params string[] paths) =>
        [.. paths.Select(p => (Path.GetFileName(p), File.ReadAllBytes(p)))];

    /// <summary>A matrix in two halves, whose columns are stored apart, and a scalar.</summary>
    private static (string Name, byte[] Content)[] Partitioned()
    {
        SliceExtent[] left = [new(0, 3), new(0, 2)];
        SliceExtent[] right = [new(0, 3), new(2, 2)];
        const int half = 3 * 2 * sizeof(float);
        var prefix = BundleFile.Write(
            Path.Combine(TestFiles.OutputFolder(), "m"),
            MemoryMarshal.AsBytes<float>(RandomArray.Uniform(13, seed: 2)).ToArray(),
            BundleFile.Tensor("matrix", [3, 4], 0, 0, left, right),
            BundleFile.Slice("matrix", left, 0, half),
            BundleFile.Slice("matrix", right, half, half),
            BundleFile.Tensor("scalar", [], 2 * half, sizeof(float)));
        return Read(prefix + ".index", prefix + ".data-00000-of-00001");
    }

    /// <summary>VGG-11 of one channel, as TF-Slim names it, or as torchvision does.</summary>
    private static (string Name, byte[] Content)[] Network(CheckpointFormat format, params string[] names)
    {
        var profile = WeightsProfile.All.First(p => p.Order == (format == CheckpointFormat.Safetensors ? WeightsOrder.Oihw : WeightsOrder.Hwio));
        var tensors = new List<TensorSource>();
        foreach (var (weights, biases, layer) in profile.NamesOf(VggArchitecture.Vgg11).Select(n => (n.Weights, n.Biases, n.Layer)))
        {
            long size = layer.KernelSize;
            var inputs = tensors.Count == 0 ? VggArchitecture.InputChannels : 1;
            long[] shape = profile.Order == WeightsOrder.Hwio ? [size, size, inputs, 1] : [1, inputs, size, size];
            tensors.Add(TensorSources.Float32(weights, RandomArray.Uniform((int)(size * size * inputs), seed: 3), shape));
            tensors.Add(TensorSources.Float32(biases, RandomArray.Uniform(1, seed: 4)));
        }

        var path = Path.Combine(TestFiles.OutputFolder(), names[0]);
        CheckpointWriter.Write(path, format, tensors);
        return Read([.. names.Select(n => Path.Combine(Path.GetDirectoryName(path)!, n))]);
    }

    /// <summary>Every element type, a scalar and an empty tensor.</summary>
    private static (string Name, byte[] Content)[] Safetensors()
    {
        var path = Path.Combine(TestFiles.OutputFolder(), "sample.safetensors");
        using (var types = Checkpoint.Open(TestFiles.Data("checkpoints", "hdf5", "types.h5")))
        {
            CheckpointWriter.Write(path, CheckpointFormat.Safetensors, [.. types.Tensors.Select(types.AsSource), TensorSources.Float32("values", RandomArray.Uniform(60, seed: 1), 3, 20)]);
        }

        return Read(path);
    }
}
