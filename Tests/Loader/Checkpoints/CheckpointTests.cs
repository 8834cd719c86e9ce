using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Checkpoints.Tables;
using NUnit.Framework;

namespace Gpu.Tests.Loader.Checkpoints;

internal sealed class CheckpointTests
{
    private static string Lenet => TestFiles.Data("checkpoints", "v1", "traffic-ava-10", "model.ckpt");

    private static string Partitioned => TestFiles.Data("checkpoints", "synthetic", "v1", "partitioned-2-shards", "model.ckpt-5");

    [TestCaseSource(typeof(CheckpointManifest), nameof(CheckpointManifest.Intact))]
    public void Every_tensor_has_the_bytes_that_tensorflow_wrote(ManifestEntry entry)
    {
        using var checkpoint = Checkpoint.Open(entry.Path);
        var expected = entry.Tensors.OrderBy(t => t.Name, StringComparer.Ordinal).ToList();
        Assert.That(checkpoint.Format, Is.EqualTo(entry.Format));
        Assert.That(checkpoint.Tensors.Select(t => t.Name), Is.EqualTo(expected.Select(t => t.Name)));
        Assert.Multiple(() =>
        {
            foreach (var (actual, tensor) in checkpoint.Tensors.Zip(expected))
            {
                Assert.That(actual.Type.Name(), Is.EqualTo(tensor.Type), tensor.Name);
                Assert.That(actual.Shape, Is.EqualTo(tensor.Shape), tensor.Name);
                if (tensor.Hash is null)
                {
                    Assert.That(() => checkpoint.ReadBytes(actual).Length, Throws.InstanceOf<CheckpointException>().With.Message.Contains("which is missing"));
                }
                else
                {
                    Assert.That(Convert.ToHexStringLower(SHA256.HashData(checkpoint.ReadBytes(actual))), Is.EqualTo(tensor.Hash), tensor.Name);
                }
            }
        });
    }

    [TestCaseSource(typeof(CheckpointManifest), nameof(CheckpointManifest.Refused))]
    public void Everything_else_is_refused_in_one_sentence_that_names_the_file(ManifestEntry entry)
    {
        foreach (var path in entry.AllPaths)
        {
            Assert.That(() => ReadAll(path), Throws.InstanceOf<CheckpointException>()
                .With.Message.Matches(string.Join('|', entry.AllPaths.Select(p => Regex.Escape(Path.GetFileName(p))))).And.Message.Not.Contains("\n"));
        }
    }

    [Test]
    public void A_float_tensor_is_a_part_of_the_mapped_file()
    {
        using var checkpoint = Checkpoint.Open(Lenet);
        var entry = checkpoint.Tensors.MaxBy(t => t.Bytes)!;
        var first = checkpoint.ReadFloat32(entry);
        var second = checkpoint.ReadFloat32(entry);
        Assert.That(Unsafe.AreSame(in MemoryMarshal.GetReference(first), in MemoryMarshal.GetReference(second)));
    }

    [Test]
    public unsafe void Pinned_values_outlive_the_checkpoint()
    {
        var checkpoint = Checkpoint.Open(Lenet);
        var entry = checkpoint.Tensors.MaxBy(t => t.Bytes)!;
        var expected = checkpoint.ReadBytes(entry).ToArray();
        Assert.That(checkpoint.TryPin(entry, out var first), Is.True);
        Assert.That(checkpoint.TryPin(entry, out var second), Is.True);
        first.Dispose();
        checkpoint.Dispose();
        Assert.That(new ReadOnlySpan<byte>(second.Pointer, expected.Length).ToArray(), Is.EqualTo(expected));
        second.Dispose();
    }

    [Test]
    public void Values_in_pieces_are_not_pinned()
    {
        using var checkpoint = Checkpoint.Open(Partitioned);
        Assert.That(checkpoint.Tensors.Where(t => !checkpoint.IsInPlace(t)).Select(t => checkpoint.TryPin(t, out _)), Is.Not.Empty.And.All.False);
    }

    [Test]
    public void Evicted_values_are_read_again()
    {
        using var checkpoint = Checkpoint.Open(Lenet);
        var entry = checkpoint.Tensors.MaxBy(t => t.Bytes)!;
        var expected = checkpoint.ReadBytes(entry).ToArray();
        checkpoint.Evict(entry);
        Assert.That(checkpoint.ReadBytes(entry).ToArray(), Is.EqualTo(expected));
    }

    [TestCase("")]
    [TestCase("-00000-of-00002")]
    [TestCase("-00001-of-00002")]
    public void Any_shard_or_the_prefix_opens_a_sharded_checkpoint(string suffix)
    {
        using var checkpoint = Checkpoint.Open(Partitioned + suffix);
        Assert.That(checkpoint.Tensors.Select(t => t.Name), Is.EqualTo(new[] { "emb", "global_step", "w" }));
    }

    [Test]
    public void A_missing_shard_is_named()
    {
        var folder = TestFiles.OutputFolder();
        File.Copy(Partitioned + "-00000-of-00002", Path.Combine(folder, "model.ckpt-5-00000-of-00002"));
        Assert.That(
            () => Checkpoint.Open(Path.Combine(folder, "model.ckpt-5")),
            Throws.InstanceOf<CheckpointException>().With.Message.Contains("model.ckpt-5-00001-of-00002").And.Message.Contains("1 are missing"));
    }

    [Test]
    public void Wrong_uses_are_argument_errors()
    {
        using var checkpoint = Checkpoint.Open(TestFiles.Data("checkpoints", "synthetic", "v1", "dtypes", "model.ckpt"));
        using var other = Checkpoint.Open(Lenet);
        checkpoint.TryFind("i64", out var integers);
        checkpoint.TryFind("str", out var strings);
        Assert.Multiple(() =>
        {
            Assert.That(() => checkpoint.ReadFloat32(integers!).Length, Throws.ArgumentException.With.Message.Contains("int64"));
            Assert.That(() => checkpoint.ReadFloat32(strings!).Length, Throws.ArgumentException.With.Message.Contains("string"));
            Assert.That(() => checkpoint.ReadBytes(other.Tensors[0]).Length, Throws.ArgumentException);
            Assert.That(checkpoint.TryFind("nothing", out _), Is.False);
        });
    }

    [Test]
    public void A_closed_checkpoint_refuses()
    {
        var checkpoint = Checkpoint.Open(Lenet);
        checkpoint.Dispose();
        checkpoint.Dispose();
        Assert.That(() => checkpoint.ReadBytes(checkpoint.Tensors[0]).Length, Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void Several_threads_read_at_once()
    {
        using var checkpoint = Checkpoint.Open(Lenet);
        var expected = checkpoint.Tensors.Select(t => Convert.ToHexString(SHA256.HashData(checkpoint.ReadBytes(t)))).ToList();
        using var fresh = Checkpoint.Open(Lenet);
        Parallel.For(0, 200, i =>
        {
            var entry = fresh.Tensors[i % fresh.Tensors.Count];
            Assert.That(Convert.ToHexString(SHA256.HashData(fresh.ReadBytes(entry))), Is.EqualTo(expected[i % expected.Count]));
        });
    }

    [TestCase("gzip", "is a gzip archive", 0x1f, 0x8b, 8, 0)]
    [TestCase("zip", "is a zip archive", (int)'P', (int)'K', 3, 4)]
    [TestCase("binary", "is no checkpoint", 1, 2, 3, 4)]
    public void Other_files_are_called_by_their_name(string name, string expected, params int[] start)
    {
        var file = Path.Combine(TestFiles.OutputFolder(), name);
        File.WriteAllBytes(file, [.. start.Select(b => (byte)b), .. new byte[100]]);
        Refuses(file, expected);
    }

    [TestCase("<!DOCTYPE html><html>404</html>", "is a web page")]
    [TestCase("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS")]
    [TestCase("hello", "is a text file")]
    [TestCase("", "is empty")]
    public void Text_files_are_called_by_their_name(string content, string expected)
    {
        var file = Path.Combine(TestFiles.OutputFolder(), "file");
        File.WriteAllText(file, content);
        Refuses(file, expected);
    }

    [Test]
    public void A_tar_archive_a_lone_data_shard_and_a_graph_are_called_by_their_names()
    {
        var folder = TestFiles.OutputFolder();
        var tar = new byte[1024];
        "ustar"u8.CopyTo(tar.AsSpan(257));
        tar[0] = 1;
        Refuses(Write(folder, "archive", tar), "is a tar archive");
        Refuses(Write(folder, "model.ckpt.data-00000-of-00001", new byte[100]), "data shard of a TensorFlow V2");
        Refuses(Write(folder, "model.ckpt.meta", new byte[100]), "graph that TensorFlow keeps beside");
    }

    [TestCase("m")]
    [TestCase("m.index")]
    [TestCase("m.data-00000-of-00001")]
    [TestCase("checkpoint")]
    [TestCase("")]
    public void A_v2_checkpoint_is_named_by_prefix_index_shard_list_or_folder(string name)
    {
        var folder = TestFiles.OutputFolder();
        CheckpointWriter.Write(Path.Combine(folder, "m"), CheckpointFormat.TensorFlowV2, [TensorSources.Float32("x", [1f, 2f])]);
        CheckpointWriter.Write(Path.Combine(folder, "older"), CheckpointFormat.TensorFlowV2, [TensorSources.Float32("y", [3f])]);
        File.WriteAllText(Path.Combine(folder, "checkpoint"), "model_checkpoint_path: \"/moved/from/m\"\nall_model_checkpoint_paths: \"older\"\n");
        using var checkpoint = Checkpoint.Open(Path.Combine(folder, name));
        Assert.That(checkpoint.Format, Is.EqualTo(CheckpointFormat.TensorFlowV2));
        Assert.That(checkpoint.ReadFloat32(checkpoint.Tensors.Single()).ToArray(), Is.EqualTo(new[] { 1f, 2f }));
    }

    [Test]
    public void Lists_and_folders_that_lead_nowhere_are_refused()
    {
        var folder = TestFiles.OutputFolder();
        var state = Write(folder, "checkpoint", [.. "model_checkpoint_path: \"gone\"\n"u8]);
        Refuses(state, "names the checkpoint 'gone', which is not there");
        File.WriteAllText(state, "model_checkpoint_path: \"checkpoint\"\n");
        Refuses(state, "which is not there");
        File.Delete(state);
        Write(folder, "a.index", [1]);
        Write(folder, "b.index", [1]);
        Refuses(folder, "folder of 2 checkpoints");
    }

    [Test]
    public void A_file_cut_short_while_it_is_open_is_noticed()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows does not let a mapped file be cut short.");
        }

        var path = Path.Combine(TestFiles.OutputFolder(), "cut.ckpt");
        File.Copy(Lenet, path);
        using var checkpoint = Checkpoint.Open(path);
        using (var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            stream.SetLength(4096);
        }

        Assert.That(
            () => checkpoint.ReadBytes(checkpoint.Tensors[0]).Length,
            Throws.InstanceOf<CheckpointException>().With.Message.Contains("cut short while it was open"));
    }

    [Test]
    public void Folders_and_absent_files_are_refused()
    {
        var folder = TestFiles.OutputFolder();
        Refuses(folder, "is a folder");
        Refuses(Path.Combine(folder, "nothing.ckpt"), "does not exist");
        Refuses(Path.Combine(folder, "no", "such", "folder", "nothing.ckpt"), "does not exist");
    }

    [Test]
    public void The_checksum_is_crc32c()
    {
        Assert.Multiple(() =>
        {
            // RFC 3720, appendix B.4.
            Assert.That(Crc32C.Compute("123456789"u8), Is.EqualTo(0xe3069283));
            Assert.That(Crc32C.Compute(new byte[32]), Is.EqualTo(0x8a9136aa));
            Assert.That(Crc32C.Compute("456789"u8, Crc32C.Compute("123"u8)), Is.EqualTo(0xe3069283));

            // Three lanes and several threads against one lane: pieces below three lanes' length take one.
            var data = new byte[(9 << 20) + 13];
            new Random(3).NextBytes(data);
            var expected = data.Chunk(1 << 10).Aggregate(0u, (crc, piece) => Crc32C.Compute(piece, crc));
            Assert.That(Crc32C.Compute(data), Is.EqualTo(expected));
            Assert.That(Crc32C.ComputeParallel(data), Is.EqualTo(expected));
        });
    }

    /// <summary>Opens a checkpoint and reads every tensor.</summary>
    internal static void ReadAll(string path)
    {
        using var checkpoint = Checkpoint.Open(path);
        foreach (var entry in checkpoint.Tensors)
        {
            checkpoint.ReadBytes(entry);
        }
    }

    private static string Write(string folder, string name, byte[] content)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    private static void Refuses(string path, string expected) => Assert.That(
        () => Checkpoint.Open(path),
        Throws.InstanceOf<CheckpointException>().With.Message.Contains(expected).And.Message.Contains(Path.GetFileName(path)));
}
