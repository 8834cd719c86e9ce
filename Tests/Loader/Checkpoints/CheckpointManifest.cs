using System.Text.Json;
using Gpu.Loader.Checkpoints;
using NUnit.Framework;

namespace Gpu.Tests.Loader.Checkpoints;

/// <summary>
/// Real TensorFlow checkpoints of 2015 to 2020, synthetic odd ones, and HDF5 files as Keras writes them, with the sha256 of every tensor's raw little-endian bytes, computed by
/// an independent reader. A few small ones are kept in Tests/Data; the whole collection is read where it lies beside the repository.
/// </summary>
internal static class CheckpointManifest
{
    private const string Kept = "kept";

    /// <summary>Intact checkpoints; the data of some V2 indices are absent.</summary>
    public static IEnumerable<TestCaseData> Intact => Cases(IsIntact);

    /// <summary>Checkpoints that have to be refused: broken ones and later versions.</summary>
    public static IEnumerable<TestCaseData> Refused => Cases(e => !IsIntact(e));

    /// <summary>Derived files are damaged; min-consumer demands a later reader.</summary>
    private static bool IsIntact(JsonElement entry) =>
        entry.TryGetProperty("format", out _)
        && !entry.GetProperty("id").GetString()!.EndsWith("min-consumer", StringComparison.Ordinal);

    private static IEnumerable<TestCaseData> Cases(Func<JsonElement, bool> filter)
    {
        var kept = TestFiles.Data("checkpoints");
        foreach (var (name, folder) in new[] { (Kept, kept), ("shared", SharedFolder()) })
        {
            if (folder is null)
            {
                yield return new TestCaseData(null).Ignore("The collection of checkpoints is not beside the repository.").SetArgDisplayNames("shared collection");
                continue;
            }

            using var manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "manifest.json")));
            foreach (var entry in manifest.RootElement.Clone().EnumerateArray().Where(filter))
            {
                yield return new TestCaseData(new ManifestEntry(folder, entry)).SetArgDisplayNames($"{name}: {entry.GetProperty("id").GetString()}");
            }
        }
    }

    private static string? SharedFolder()
    {
        for (var folder = new DirectoryInfo(TestContext.CurrentContext.TestDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "testdata", "checkpoints");
            if (File.Exists(Path.Combine(candidate, "manifest.json")))
            {
                return candidate;
            }
        }

        return null;
    }
}

/// <summary>A checkpoint of the collection.</summary>
internal sealed class ManifestEntry(string folder, JsonElement entry)
{
    /// <summary>Its file, or the first of its files.</summary>
    public string Path => System.IO.Path.Combine(folder, entry.TryGetProperty("file", out var file)
        ? file.GetString()!
        : entry.GetProperty("files").EnumerateObject().OrderBy(f => f.Name, StringComparer.Ordinal).First().Name);

    /// <summary>All its files, and the common prefix of an index and its data.</summary>
    public IEnumerable<string> AllPaths => entry.TryGetProperty("files", out var files)
        ? files.EnumerateObject().Select(f => System.IO.Path.Combine(folder, f.Name))
            .SelectMany(p => p.EndsWith(".index", StringComparison.Ordinal) ? new[] { p, p[..^".index".Length] } : [p])
        : [Path];

    public CheckpointFormat Format => entry.GetProperty("format").GetString() switch
    {
        "V1" => CheckpointFormat.TensorFlowV1,
        "V2" => CheckpointFormat.TensorFlowV2,
        _ => CheckpointFormat.Hdf5,
    };

    public IReadOnlyList<ManifestTensor> Tensors => [.. entry.GetProperty("tensors").EnumerateArray().Select(t => new ManifestTensor(
        t.GetProperty("name").GetString()!,
        t.GetProperty("dtype").GetString()!,
        [.. t.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64())],
        t.TryGetProperty("sha256", out var hash) || t.TryGetProperty("sha256_of_u32len_prefixed_strings", out hash) ? hash.GetString() : null))];
}

/// <summary>A tensor of the collection; without a hash its data shard is absent.</summary>
internal sealed record ManifestTensor(string Name, string Type, long[] Shape, string? Hash);
