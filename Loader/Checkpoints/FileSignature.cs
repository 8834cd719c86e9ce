using System.Buffers.Binary;
using System.Text;
using Gpu.Loader.Checkpoints.Tables;

namespace Gpu.Loader.Checkpoints;

/// <summary>Tells a checkpoint from what users take for one.</summary>
internal static class FileSignature
{
    /// <summary>Bytes at the start of a file by which it is recognised.</summary>
    private const int Length = 512;

    /// <summary>Passes a table file and refuses everything else with the word for what it is.</summary>
    /// <exception cref="CheckpointException">The file is no table.</exception>
    public static void RequireTable(MappedFile file)
    {
        if (!Footer.IsPresent(file))
        {
            throw CheckpointException.For(file.Path, Describe(file));
        }
    }

    private static string Describe(MappedFile file)
    {
        if (file.Length == 0)
        {
            return "is empty; download it again";
        }

        var start = file.Slice(0, Math.Min(file.Length, Length));
        var name = Path.GetFileName(file.Path);
        if (name.Contains(".data-", StringComparison.Ordinal) && name.Contains("-of-", StringComparison.Ordinal))
        {
            return "is a data shard of a TensorFlow V2 checkpoint, and this version reads V1 checkpoints";
        }

        if (start.StartsWith("version https://git-lfs"u8))
        {
            return "is a Git LFS pointer, not the file itself; run 'git lfs pull'";
        }

        if (start is [0x1f, 0x8b, ..])
        {
            return "is a gzip archive; unpack it with 'tar xzf' and name the checkpoint inside";
        }

        if (start is [(byte)'P', (byte)'K', 3, 4, ..])
        {
            return "is a zip archive (as PyTorch and Keras write), not a TensorFlow checkpoint";
        }

        if (start.StartsWith("\u0089HDF\r\n"u8) || start is [0x89, (byte)'H', (byte)'D', (byte)'F', ..])
        {
            return "is an HDF5 file (as Keras writes), which this version does not read";
        }

        if (start.Length > 262 && start[257..].StartsWith("ustar"u8))
        {
            return "is a tar archive; unpack it with 'tar xf' and name the checkpoint inside";
        }

        if (start.Length > 9 && start[8] == (byte)'{' && BinaryPrimitives.ReadUInt64LittleEndian(start) <= (ulong)file.Length)
        {
            return "is a safetensors file, which this version does not read";
        }

        var text = Encoding.Latin1.GetString(start).TrimStart();
        if (text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase))
        {
            return "is a web page, perhaps the error page of a failed download; download the checkpoint again";
        }

        if (text.StartsWith("model_checkpoint_path", StringComparison.Ordinal))
        {
            return "is the list of checkpoints that TensorFlow keeps beside them; name the checkpoint itself";
        }

        return start.ContainsAnyInRange((byte)0, (byte)8)
            ? "has no TensorFlow table at its end: it is cut short, or is no TensorFlow checkpoint; download it again"
            : "is a text file, not a TensorFlow checkpoint";
    }
}
