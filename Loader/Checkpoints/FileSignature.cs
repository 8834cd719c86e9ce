using System.Text;

namespace Gpu.Loader.Checkpoints;

/// <summary>Says what a file is that is no checkpoint but is often taken for one.</summary>
internal static class FileSignature
{
    /// <summary>Bytes at the start of a file by which it is recognised.</summary>
    private const int Length = 512;

    private const string DownloadAgain = "download it again";

    /// <summary>The refusal of a file that is in none of the formats.</summary>
    public static CheckpointException Refuse(MappedFile file)
    {
        var (problem, remedy) = Describe(file);
        return CheckpointException.For(file.Path, problem, remedy);
    }

    private static (string Problem, string Remedy) Describe(MappedFile file)
    {
        if (file.Length == 0)
        {
            return ("is empty, or no regular file", DownloadAgain);
        }

        var start = file.Slice(0, Math.Min(file.Length, Length));
        var name = Path.GetFileName(file.Path);
        if (name.Contains(".data-", StringComparison.Ordinal) && name.Contains("-of-", StringComparison.Ordinal))
        {
            return ("is a data shard of a TensorFlow V2 checkpoint whose index is not beside it", "put all files of the checkpoint into one folder");
        }

        if (name.EndsWith(".meta", StringComparison.Ordinal))
        {
            return ("is the graph that TensorFlow keeps beside a checkpoint", "name the checkpoint itself, without .meta");
        }

        if (start.StartsWith("version https://git-lfs"u8))
        {
            return ("is a Git LFS pointer, not the file itself", "run 'git lfs pull'");
        }

        if (start is [0x1f, 0x8b, ..])
        {
            return ("is a gzip archive", "unpack it with 'tar xzf' and name the checkpoint inside");
        }

        if (start is [(byte)'P', (byte)'K', 3, 4, ..])
        {
            return ("is a zip archive, as PyTorch (.pth) and Keras 3 (.keras) write", "save the weights as safetensors, or as HDF5 (.h5)");
        }

        if (start.Length > 262 && start[257..].StartsWith("ustar"u8))
        {
            return ("is a tar archive", "unpack it with 'tar xf' and name the checkpoint inside");
        }

        var text = Encoding.Latin1.GetString(start).TrimStart();
        if (text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase))
        {
            return ("is a web page, perhaps the error page of a failed download", "download the checkpoint again");
        }

        return start.ContainsAnyInRange((byte)0, (byte)8)
            ? ("is no checkpoint, or its end is cut off", DownloadAgain)
            : ("is a text file, not a checkpoint", "name a checkpoint");
    }
}
