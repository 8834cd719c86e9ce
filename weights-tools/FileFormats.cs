using System.CommandLine;
using Gpu.Loader.Checkpoints;

namespace Gpu.WeightsTools;

/// <summary>The formats that can be written, by the names that the command line has for them.</summary>
internal static class FileFormats
{
    private const string IndexExtension = ".index";

    private static readonly Dictionary<string, CheckpointFormat> ByName = new(StringComparer.Ordinal)
    {
        ["v1"] = CheckpointFormat.TensorFlowV1,
        ["v2"] = CheckpointFormat.TensorFlowV2,
        ["safetensors"] = CheckpointFormat.Safetensors,
    };

    /// <summary>An option that names one of them.</summary>
    public static Option<string?> CreateOption()
    {
        var option = new Option<string?>("--format", "-f")
        {
            Description = "v1 or v2 of TensorFlow, or safetensors; of v2 the file is the prefix of index and data. Default: safetensors of *.safetensors, v2 of *.index, else v1.",
        };
        option.AcceptOnlyFromAmong([.. ByName.Keys]);
        return option;
    }

    /// <summary>The format of a name; without one, that of the file's extension.</summary>
    public static CheckpointFormat Parse(string? name, string path) => ByName[name ?? Path.GetExtension(path) switch
    {
        ".safetensors" => "safetensors",
        IndexExtension => "v2",
        _ => "v1",
    }];

    /// <summary>Refuses to replace what is there.</summary>
    /// <exception cref="CheckpointException">It is there.</exception>
    public static void RequireFree(string path, CheckpointFormat format, bool force)
    {
        var file = format == CheckpointFormat.TensorFlowV2 && Path.GetExtension(path) != IndexExtension ? path + IndexExtension : path;
        if (!force && File.Exists(file))
        {
            throw new CheckpointException($"'{file}' exists; name another file, or replace it with --force.");
        }
    }
}
