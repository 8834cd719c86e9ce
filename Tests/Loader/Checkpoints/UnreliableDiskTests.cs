using System.Diagnostics;
using Gpu.Cases;
using Gpu.Loader.Checkpoints;
using NUnit.Framework;

namespace Gpu.Tests.Loader.Checkpoints;

/// <summary>Disks that are full or may not be written, and files that go away. The disks are small ones in memory, mounted for the test.</summary>
internal sealed class UnreliableDiskTests
{
    private const string DiskSize = "256k";

    private static readonly CheckpointFormat[] Written = [CheckpointFormat.TensorFlowV1, CheckpointFormat.TensorFlowV2, CheckpointFormat.Safetensors];

    /// <summary>1 MB, four times what the disk holds.</summary>
    private static readonly TensorSource[] Large = [TensorSources.Float32("large", RandomArray.Uniform(1 << 18, seed: 1)), TensorSources.Float32("small", [1f])];

    [TestCaseSource(nameof(Written))]
    public void A_full_disk_is_one_sentence_and_no_file(CheckpointFormat format)
    {
        using var disk = new MemoryDisk();
        File.WriteAllText(Path.Combine(disk.Path, "kept"), "before");
        var exception = Assert.Throws<CheckpointException>(() => CheckpointWriter.Write(Path.Combine(disk.Path, "x"), format, Large))!;
        Assert.That(exception.Message, Does.Contain("No space left").And.Contain("make room").And.Not.Contain("\n"));
        Assert.That(Directory.GetFileSystemEntries(disk.Path).Select(Path.GetFileName), Is.EqualTo(new[] { "kept" }));
    }

    [TestCaseSource(nameof(Written))]
    public void A_disk_that_may_only_be_read_is_one_sentence(CheckpointFormat format)
    {
        using var disk = new MemoryDisk();
        var file = Path.Combine(disk.Path, "x");
        CheckpointWriter.Write(file, format, [TensorSources.Float32("small", [1f])]);
        disk.Protect();
        var exception = Assert.Throws<CheckpointException>(() => CheckpointWriter.Write(file, format, [TensorSources.Float32("small", [2f])]))!;
        Assert.That(exception.Message, Does.Contain("Read-only").And.Contain("choose another folder"));
        using var checkpoint = Checkpoint.Open(file);
        Assert.That(checkpoint.ReadFloat32(checkpoint.Tensors[0])[0], Is.EqualTo(1f));
    }

    [TestCaseSource(nameof(Written))]
    public void A_folder_that_goes_away_meanwhile_is_one_sentence(CheckpointFormat format)
    {
        var folder = Directory.CreateDirectory(Path.Combine(TestFiles.OutputFolder(), "folder")).FullName;
        var vanishing = Large[0] with
        {
            Fill = (offset, destination) =>
            {
                Large[0].Fill(offset, destination);
                if (Directory.Exists(folder))
                {
                    Directory.Delete(folder, recursive: true);
                }
            },
        };
        Assert.That(() => CheckpointWriter.Write(Path.Combine(folder, "x"), format, [vanishing]), Throws.InstanceOf<CheckpointException>());
        Assert.That(Directory.Exists(folder), Is.False);
    }

    [TestCaseSource(nameof(Written))]
    public void A_file_that_is_deleted_or_replaced_while_it_is_open_keeps_its_values(CheckpointFormat format)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows does not let a mapped file be deleted.");
        }

        var file = Path.Combine(TestFiles.OutputFolder(), "x");
        CheckpointWriter.Write(file, format, Large);
        using var checkpoint = Checkpoint.Open(file);
        checkpoint.TryFind("large", out var large);
        var before = checkpoint.ReadFloat32(large!).ToArray();
        CheckpointWriter.Write(file, format, [TensorSources.Float32("large", new float[1 << 18])]);
        Assert.That(checkpoint.ReadFloat32(large!).SequenceEqual(before));
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        Assert.That(checkpoint.ReadFloat32(large!).SequenceEqual(before));
    }

    /// <summary>A user's limit of file sizes, which .NET tells otherwise than a full disk.</summary>
    [Test]
    public void A_limit_of_file_sizes_ends_a_command_with_one_sentence()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("Windows has no such limit.");
        }

        var folder = TestFiles.OutputFolder();
        var tool = Path.Combine(TestContext.CurrentContext.TestDirectory, "weights-tools");
        string[] arguments = ["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\"", tool, "synthesize", Path.Combine(folder, "x.ckpt"), "--width", "1/64"];
        var start = new ProcessStartInfo("bash", arguments) { RedirectStandardError = true, RedirectStandardOutput = true };

        // Else the runtime keeps its code in a file in memory, which the limit meets first.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.EqualTo(3), error);
        Assert.That(error, Does.Contain("x.ckpt").And.Contain("cannot be written"));
        Assert.That(Directory.GetFileSystemEntries(folder), Is.Empty);
    }

    [Test]
    public void A_data_shard_that_is_missing_or_shorter_than_the_index_says_is_named()
    {
        var prefix = Path.Combine(TestFiles.OutputFolder(), "x");
        CheckpointWriter.Write(prefix, CheckpointFormat.TensorFlowV2, Large);
        var data = prefix + ".data-00000-of-00001";
        var bytes = File.ReadAllBytes(data);
        File.WriteAllBytes(data, bytes[..^5]);
        Refuses("x.data-00000-of-00001");
        File.Delete(data);
        Refuses("is missing");

        void Refuses(string message)
        {
            using var checkpoint = Checkpoint.Open(prefix);
            checkpoint.TryFind("small", out var small);
            Assert.That(() => checkpoint.ReadBytes(small!).Length, Throws.InstanceOf<CheckpointException>().With.Message.Contains(message));
        }
    }

    private static bool Run(string command, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true });
            process!.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static void RunOrIgnore(string command, params string[] arguments)
    {
        if (!Run(command, arguments))
        {
            Assert.Ignore($"'{command}' is not possible here: it takes Linux, and for a disk of the test's own the rights of root.");
        }
    }

    /// <summary>A small disk in memory.</summary>
    private sealed class MemoryDisk : IDisposable
    {
        public MemoryDisk()
        {
            Path = Directory.CreateDirectory(System.IO.Path.Combine(TestFiles.OutputFolder(), "disk")).FullName;
            RunOrIgnore("mount", "-t", "tmpfs", "-o", $"size={DiskSize}", "tmpfs", Path);
        }

        public string Path { get; }

        public void Protect() => RunOrIgnore("mount", "-o", "remount,ro", Path);

        public void Dispose() => Run("umount", "--lazy", Path);
    }
}
