using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Gpu.Loader.Checkpoints;

/// <summary>
/// What a user names and what files it stands for: a file; a shard <c>name-00000-of-00002</c> or its prefix; the prefix, index or
/// a data shard of a TensorFlow V2 checkpoint; a folder with TensorFlow's list of checkpoints, or with one checkpoint.
/// </summary>
internal static partial class CheckpointPath
{
    /// <summary>Ends the name of a V2 checkpoint's index.</summary>
    public const string IndexSuffix = ".index";

    /// <summary>TensorFlow's list of the checkpoints in a folder.</summary>
    private const string StateFile = "checkpoint";

    /// <summary>No list of checkpoints comes near.</summary>
    private const int MaximumStateLength = 1 << 20;

    /// <summary>The one file, or all shards of a V1 checkpoint in order. Of a V2 checkpoint it is the index.</summary>
    /// <exception cref="CheckpointException">Nothing is there, or shards are missing.</exception>
    public static IReadOnlyList<string> Find(string path)
    {
        try
        {
            return Find(path, followsList: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw CheckpointException.For(path, $"cannot be looked for ({exception.Message.TrimEnd('.')})", "check the path", cause: exception);
        }
    }

    /// <summary>A data shard of a V2 checkpoint.</summary>
    public static string DataShard(string prefix, int shard, int count) =>
        string.Create(CultureInfo.InvariantCulture, $"{prefix}.data-{shard:D5}-of-{count:D5}");

    /// <summary>A list may not name another one, which might lead back to it.</summary>
    private static IReadOnlyList<string> Find(string path, bool followsList)
    {
        if (Directory.Exists(path))
        {
            return InFolder(path);
        }

        if (ShardName().Match(path) is { Success: true } shard)
        {
            return AllShards(shard.Groups["prefix"].Value, int.Parse(shard.Groups["count"].Value, CultureInfo.InvariantCulture));
        }

        if (DataShardName().Match(path) is { Success: true } data && File.Exists(data.Groups["prefix"].Value + IndexSuffix))
        {
            return [data.Groups["prefix"].Value + IndexSuffix];
        }

        if (File.Exists(path))
        {
            return followsList && Path.GetFileName(path) == StateFile && NamedByState(path) is { } named ? Find(named, followsList: false) : [path];
        }

        if (File.Exists(path + IndexSuffix))
        {
            return [path + IndexSuffix];
        }

        var first = FirstShard(path);
        return first is null
            ? throw CheckpointException.For(path, "does not exist", "check the path")
            : AllShards(path, int.Parse(ShardName().Match(first).Groups["count"].Value, CultureInfo.InvariantCulture));
    }

    private static IReadOnlyList<string> InFolder(string folder)
    {
        var state = Path.Combine(folder, StateFile);
        if (File.Exists(state) && NamedByState(state) is { } named)
        {
            return Find(named, followsList: false);
        }

        // A SavedModel keeps its checkpoint in variables/.
        var indices = Directory.GetFiles(folder, "*" + IndexSuffix);
        var variables = Path.Combine(folder, "variables", "variables" + IndexSuffix);
        return indices.Length switch
        {
            1 => indices,
            0 when File.Exists(variables) => [variables],
            0 => throw CheckpointException.For(folder, "is a folder without TensorFlow's list of checkpoints", "name the checkpoint file in it"),
            _ => throw CheckpointException.For(folder, $"is a folder of {indices.Length} checkpoints and no list of them", "name one of them"),
        };
    }

    /// <summary>The checkpoint that a list names as the latest; where the folder was moved, its name in the same folder. Null if the file is no list.</summary>
    private static string? NamedByState(string state)
    {
        using var file = new MappedFile(state);
        if (file.Length is 0 or > MaximumStateLength || LatestCheckpoint().Match(Encoding.UTF8.GetString(file.Slice(0, file.Length))) is not { Success: true } match)
        {
            return null;
        }

        var folder = Path.GetDirectoryName(Path.GetFullPath(state))!;
        var named = Path.GetFullPath(Path.Combine(folder, match.Groups["path"].Value.Replace("\\\\", "\\", StringComparison.Ordinal)));
        var beside = Path.Combine(folder, Path.GetFileName(named));
        string[] candidates = [named, beside];
        return candidates.FirstOrDefault(c => Path.GetFullPath(state) != c && (File.Exists(c) || File.Exists(c + IndexSuffix) || FirstShard(c) is not null))
            ?? throw CheckpointException.For(state, $"names the checkpoint '{match.Groups["path"].Value}', which is not there", "name a checkpoint file");
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
                prefix,
                $"is a checkpoint of {count} shards of which {missing.Count} are missing ({string.Join(", ", missing.Take(3))}{(missing.Count > 3 ? ", ..." : string.Empty)})",
                "put all shards into one folder");
        }

        return shards;
    }

    [GeneratedRegex(@"^(?<prefix>.*?)(?<!\.data)-(?<index>\d{5})-of-(?<count>\d{5})$", RegexOptions.Singleline)]
    private static partial Regex ShardName();

    [GeneratedRegex(@"^(?<prefix>.*)\.data-\d{5}-of-\d{5}$", RegexOptions.Singleline)]
    private static partial Regex DataShardName();

    [GeneratedRegex(@"^\s*model_checkpoint_path:\s*""(?<path>[^""\r\n]+)""")]
    private static partial Regex LatestCheckpoint();
}
