using System.Globalization;
using System.Text.RegularExpressions;

namespace Gpu.Loader.Checkpoints;

/// <summary>Files of a checkpoint: <c>name</c>, or shards <c>name-00000-of-00002</c>, of which any, or the prefix, may be named.</summary>
internal static partial class ShardedPath
{
    /// <summary>The file itself, or all shards in order.</summary>
    /// <exception cref="CheckpointException">Nothing is there, a folder is named, or shards are missing.</exception>
    public static IReadOnlyList<string> Find(string path)
    {
        if (Directory.Exists(path))
        {
            throw CheckpointException.For(path, "is a folder; name the checkpoint file in it");
        }

        if (ShardName().Match(path) is { Success: true } named)
        {
            return AllShards(named.Groups["prefix"].Value, int.Parse(named.Groups["count"].Value, CultureInfo.InvariantCulture));
        }

        if (File.Exists(path))
        {
            return [path];
        }

        if (File.Exists(path + ".index"))
        {
            throw CheckpointException.For(path, "is the prefix of a TensorFlow V2 checkpoint, and this version reads V1 checkpoints");
        }

        var first = FirstShard(path);
        return first is null
            ? throw CheckpointException.For(path, "does not exist; check the path")
            : AllShards(path, int.Parse(ShardName().Match(first).Groups["count"].Value, CultureInfo.InvariantCulture));
    }

    private static string? FirstShard(string prefix)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(prefix));
        return folder is null || !Directory.Exists(folder)
            ? null
            : Directory.EnumerateFiles(folder, Path.GetFileName(prefix) + "-?????-of-?????").Order(StringComparer.Ordinal)
                .FirstOrDefault(f => ShardName().IsMatch(f));
    }

    private static List<string> AllShards(string prefix, int count)
    {
        var shards = Enumerable.Range(0, count)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"{prefix}-{i:D5}-of-{count:D5}")).ToList();
        var missing = shards.Where(s => !File.Exists(s)).Select(Path.GetFileName).ToList();
        if (count == 0 || missing.Count > 0)
        {
            throw CheckpointException.For(
                prefix, $"is a checkpoint of {count} shards of which {missing.Count} are missing ({string.Join(", ", missing.Take(3))}{(missing.Count > 3 ? ", ..." : string.Empty)}); put all shards into one folder");
        }

        return shards;
    }

    [GeneratedRegex(@"^(?<prefix>.*?)(?<!\.data)-(?<index>\d{5})-of-(?<count>\d{5})$", RegexOptions.Singleline)]
    private static partial Regex ShardName();
}
