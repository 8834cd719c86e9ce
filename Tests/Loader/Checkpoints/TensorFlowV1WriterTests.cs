using System.Runtime.InteropServices;
using Gpu.Cases;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Checkpoints.TensorFlowV1;
using NUnit.Framework;

namespace Gpu.Tests.Loader.Checkpoints;

internal sealed class TensorFlowV1WriterTests
{
    [Test]
    public void What_was_written_is_read_bit_for_bit()
    {
        // Names whose keys need escapes and do not sort as they were given; sizes around the block size and the piece size.
        var tensors = new Dictionary<string, float[]>
        {
            ["z/large"] = RandomArray.Uniform((1 << 20) + 77, seed: 1),
            ["a\u0000ÿ"] = [float.NaN, float.NegativeInfinity, -0f, float.Epsilon],
            ["empty"] = [],
            ["block"] = RandomArray.Uniform(1 << 16, seed: 2),
        };
        foreach (var i in Enumerable.Range(0, 50))
        {
            tensors[$"shared/prefix/of/many/names_{i}"] = RandomArray.Uniform(i + 1, seed: i);
        }

        var path = Path.Combine(TestFiles.OutputFolder(), "written.ckpt");
        TensorFlowV1Writer.Write(path, [.. tensors.Select(t => Source(t.Key, t.Value))], globalStep: 123456789012);
        using var checkpoint = Checkpoint.Open(path);
        Assert.That(checkpoint.Tensors, Has.Count.EqualTo(tensors.Count + 1));
        Assert.Multiple(() =>
        {
            foreach (var (name, values) in tensors)
            {
                Assert.That(checkpoint.TryFind(name, out var entry), name);
                Assert.That(checkpoint.ReadBytes(entry!).SequenceEqual(MemoryMarshal.AsBytes<float>(values)), name);
            }

            checkpoint.TryFind("global_step", out var step);
            Assert.That(BitConverter.ToInt64(checkpoint.ReadBytes(step!)), Is.EqualTo(123456789012));
        });
    }

    /// <summary>The same tensors, written again, give the real file's tensors; TensorFlow wrote one block per 256 KB.</summary>
    [Test]
    public void A_rewritten_checkpoint_equals_the_real_one_tensor_by_tensor()
    {
        using var real = Checkpoint.Open(TestFiles.BundledCheckpoint);
        var path = Path.Combine(TestFiles.OutputFolder(), "rewritten.ckpt");
        TensorFlowV1Writer.Write(
            path, [.. real.Tensors.Where(t => t.Type == ElementType.Float32).Select(t => Source(t.Name, real.ReadFloat32(t).ToArray(), [.. t.Shape]))], 4974);
        using var rewritten = Checkpoint.Open(path);
        Assert.That(rewritten.Tensors.Select(t => t.Name), Is.EqualTo(real.Tensors.Select(t => t.Name)));
        foreach (var (ours, theirs) in rewritten.Tensors.Zip(real.Tensors))
        {
            Assert.That(ours.Shape, Is.EqualTo(theirs.Shape));
            Assert.That(rewritten.ReadBytes(ours).SequenceEqual(real.ReadBytes(theirs)), ours.Name);
        }
    }

    [Test]
    public void A_failure_leaves_nothing_behind()
    {
        var folder = TestFiles.OutputFolder();
        var occupied = Directory.CreateDirectory(Path.Combine(folder, "occupied.ckpt")).FullName;
        var kept = Path.Combine(folder, "kept.ckpt");
        File.WriteAllText(kept, "before");
        var source = Source("x", [1f]);
        Assert.Multiple(() =>
        {
            Assert.That(
                () => TensorFlowV1Writer.Write(Path.Combine(folder, "no", "folder", "x.ckpt"), [source], 0),
                Throws.InstanceOf<CheckpointException>().With.Message.Contains("x.ckpt"));
            Assert.That(() => TensorFlowV1Writer.Write(occupied, [source], 0), Throws.InstanceOf<CheckpointException>());
            Assert.That(
                () => TensorFlowV1Writer.Write(
                    Path.Combine(folder, "failing.ckpt"), [source with { Fill = (_, _) => throw new IOException("No space left on device") }], 0),
                Throws.InstanceOf<CheckpointException>().With.Message.Contains("failing.ckpt").And.Message.Contains("No space left"));
            Assert.That(
                () => TensorFlowV1Writer.Write(Path.Combine(folder, "cancelled.ckpt"), [source], 0, null, new CancellationToken(canceled: true)),
                Throws.InstanceOf<OperationCanceledException>());
            Assert.That(
                () => TensorFlowV1Writer.Write(kept, [source with { Fill = (_, _) => throw new IOException("No space left on device") }], 0),
                Throws.InstanceOf<CheckpointException>());
            Assert.That(File.ReadAllText(kept), Is.EqualTo("before"));
            Assert.That(Directory.GetFileSystemEntries(folder), Is.EquivalentTo(new[] { occupied, kept }));
        });
    }

    private static Float32Source Source(string name, float[] values, long[]? shape = null) =>
        new(name, shape ?? [values.Length], (first, destination) => values.AsSpan((int)first, destination.Length).CopyTo(destination.Span));
}
