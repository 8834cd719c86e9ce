using System.Diagnostics;
using Gpu.Loader.Checkpoints;
using NUnit.Framework;

namespace Gpu.Tests.Loader.Checkpoints;

/// <summary>Paths that lead to no file, or in a circle: a refusal, and no waiting.</summary>
internal sealed class UnreadablePathTests
{
    private static readonly float[] Values = [1f, 2f, 3f];

    private string folder = string.Empty;

    [SetUp]
    public void NewFolder() => folder = TestFiles.OutputFolder();

    /// <summary>Whoever opens a pipe waits for its other end.</summary>
    [Test]
    public void Pipes_and_devices_are_refused_without_waiting()
    {
        SkipOnWindows("has no such files");
        MakePipe("pipe");
        File.CreateSymbolicLink(At("link"), At("pipe"));
        Refuses(At("pipe"), "pipe or device");
        Refuses(At("link"), "pipe or device");
        Refuses("/dev/zero", "pipe or device");
        CheckpointWriter.Write(At("m"), CheckpointFormat.TensorFlowV2, [TensorSources.Float32("a", Values)]);
        File.Delete(At("m.data-00000-of-00001"));
        MakePipe("m.data-00000-of-00001");
        Refuses(At("m"), "m.data-00000-of-00001");
        MakePipe("checkpoint");
        Refuses(At("checkpoint"), "pipe or device");
        File.Delete(At("m.index"));
        Refuses(folder, "without TensorFlow's list");
    }

    [Test]
    public void Links_that_lead_in_a_circle_are_refused()
    {
        SkipOnWindows("makes links for administrators only");
        File.CreateSymbolicLink(At("a"), At("b"));
        File.CreateSymbolicLink(At("b"), At("a"));
        Refuses(At("a"), "cannot be opened");
    }

    [Test]
    public void Lists_that_name_each_other_are_refused()
    {
        foreach (var (name, other) in new[] { ("a", "b"), ("b", "a") })
        {
            Directory.CreateDirectory(At(name));
            File.WriteAllText(Path.Combine(At(name), "checkpoint"), $"model_checkpoint_path: \"{Path.Combine(At(other), "checkpoint")}\"");
        }

        Refuses(At("a"), "is a text file");
        Refuses(Path.Combine(At("b"), "checkpoint"), "is a text file");
    }

    [Test]
    public void Paths_that_no_file_can_have_are_refused()
    {
        Refuses(At(new string('x', 5000)), "xxx");
        Refuses(At("nul\0character"), "cannot be looked for");
        File.WriteAllText(At("checkpoint"), "model_checkpoint_path: \"nul\0character\"");
        Refuses(folder, "cannot be looked for");
    }

    [Test]
    public void A_file_that_may_not_be_read_is_refused()
    {
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess)
        {
            Assert.Ignore("The user may read every file.");
            return;
        }

        File.SetUnixFileMode(Write("x"), UnixFileMode.None);
        Refuses(At("x"), "cannot be opened");
    }

    private static void SkipOnWindows(string reason)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore($"Windows {reason}.");
        }
    }

    private static void Refuses(string path, string expected)
    {
        var reading = Task.Run(() => CheckpointTests.ReadAll(path));
        Assert.That(
            () => reading.Wait(TimeSpan.FromMinutes(1)) ? null : "waits",
            Throws.InstanceOf<AggregateException>().With.InnerException.InstanceOf<CheckpointException>().And.InnerException.Message.Contains(expected));
    }

    private string At(string name) => Path.Combine(folder, name);

    private string Write(string name)
    {
        CheckpointWriter.Write(At(name), CheckpointFormat.TensorFlowV1, [TensorSources.Float32("x", Values)]);
        return At(name);
    }

    private void MakePipe(string name)
    {
        using var process = Process.Start("mkfifo", [At(name)]);
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero);
    }
}
