using Gpu.Cases;
using Gpu.Loader.Checkpoints;
using Gpu.Tests.Loader.Checkpoints;

namespace Gpu.Tests.Fuzzing;

/// <summary>Small sound files of a checkpoint format, from which mutants are made.</summary>
/// <param name="Format">The format.</param>
/// <param name="Samples">Files that belong together, by name; the first is the one to open.</param>
/// <param name="Repair">Gives a mutated file checksums that fit.</param>
internal sealed record FuzzedFormat(CheckpointFormat Format, IReadOnlyList<IReadOnlyList<(string Name, byte[] Content)>> Samples, Action<byte[]>? Repair)
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
            ],
            Checksums.RepairTable),
        new(
            CheckpointFormat.TensorFlowV2,
            [
                Read(["synthetic", "v2", "dtypes-2-shards"], "m.ckpt.index", "m.ckpt.data-00000-of-00002", "m.ckpt.data-00001-of-00002"),
                Read(["v2", "cartpole-2shards"], "variables.index", "variables.data-00000-of-00002", "variables.data-00001-of-00002"),
                Read(["v2", "serving-mlmd"], "variables.index", "variables.data-00000-of-00001"),
            ],
            Checksums.RepairTable),
        new(CheckpointFormat.Safetensors, [Safetensors()], null),
        new(
            CheckpointFormat.Hdf5,
            [
                Read(["hdf5"], "keras-2016.h5"),
                Read(["hdf5"], "types.h5"),
                Read(["hdf5"], "latest-format.h5"),
                Read(["hdf5"], "odd.h5"),
            ],
            Checksums.RepairHdf5),
    ];

    public override string ToString() => Format.ToString();

    private static IReadOnlyList<(string Name, byte[] Content)> Read(string[] folder, params string[] names) =>
        [.. names.Select(n => (n, File.ReadAllBytes(TestFiles.Data(["checkpoints", .. folder, n]))))];

    /// <summary>Every element type, a scalar and an empty tensor.</summary>
    private static (string Name, byte[] Content)[] Safetensors()
    {
        var path = Path.Combine(TestFiles.OutputFolder(), "sample.safetensors");
        using (var types = Checkpoint.Open(TestFiles.Data("checkpoints", "hdf5", "types.h5")))
        {
            CheckpointWriter.Write(path, CheckpointFormat.Safetensors, [.. types.Tensors.Select(types.AsSource), TensorSources.Float32("values", RandomArray.Uniform(60, seed: 1), 3, 20)]);
        }

        return [("sample.safetensors", File.ReadAllBytes(path))];
    }
}
