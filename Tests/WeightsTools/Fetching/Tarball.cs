using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Networks;
using Gpu.WeightsTools;

namespace Gpu.Tests.WeightsTools.Fetching;

/// <summary>Checkpoints and tarballs for the tests to serve.</summary>
internal static class Tarball
{
    /// <summary>A small sound checkpoint of VGG-19.</summary>
    public static byte[] Checkpoint(int seed = 1)
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.ckpt");
        try
        {
            SyntheticNetwork.Write(path, CheckpointFormat.TensorFlowV1, VggArchitecture.Vgg19, widthDivisor: 64, classes: 2, seed);
            return File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>A regular file's entry.</summary>
    public static TarEntry Entry(string name, byte[] content, TarEntryType type = TarEntryType.RegularFile) =>
        new UstarTarEntry(type, name) { DataStream = new MemoryStream(content) };

    /// <summary>An entry without content, such as a folder or a link.</summary>
    public static TarEntry Entry(string name, TarEntryType type, string? link = null)
    {
        var entry = new UstarTarEntry(type, name);
        if (link is not null)
        {
            entry.LinkName = link;
        }

        return entry;
    }

    /// <summary>The archive of some entries, not compressed.</summary>
    public static byte[] Pack(params TarEntry[] entries)
    {
        var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, leaveOpen: true))
        {
            foreach (var entry in entries)
            {
                writer.WriteEntry(entry);
            }
        }

        return archive.ToArray();
    }

    /// <summary>Rewrites the first header of an archive, and its checksum with it.</summary>
    public static byte[] WithHeader(byte[] archive, Action<byte[]> change)
    {
        var header = archive[..512];
        change(header);
        "        "u8.CopyTo(header.AsSpan(148));
        Encoding.ASCII.GetBytes($"{Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0')}\0 ").CopyTo(header, 148);
        return [.. header, .. archive[512..]];
    }

    /// <summary>Claims another size of the first entry.</summary>
    public static byte[] WithSize(byte[] archive, long size) =>
        WithHeader(archive, header => Encoding.ASCII.GetBytes(Convert.ToString(size, 8).PadLeft(11, '0')).CopyTo(header, 124));

    /// <summary>Compresses.</summary>
    public static byte[] Gzip(byte[] content)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(content);
        }

        return compressed.ToArray();
    }

    /// <summary>A compressed archive of one file.</summary>
    public static byte[] Of(string name, byte[] content) => Gzip(Pack(Entry(name, content)));
}
