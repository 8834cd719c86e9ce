using System.Runtime.InteropServices;
using Gpu.Cases;
using Gpu.Loader.Checkpoints;
using NUnit.Framework;

namespace Gpu.Tests.Loader.Checkpoints;

internal sealed class CheckpointWriterTests
{
    private static readonly CheckpointFormat[] Formats = [CheckpointFormat.TensorFlowV1, CheckpointFormat.TensorFlowV2, CheckpointFormat.Safetensors];

    [TestCaseSource(nameof(Formats))]
    public void What_was_written_is_read_bit_for_bit(CheckpointFormat format)
    {
        // Names whose keys need escapes and do not sort as they were given; sizes around the block size and the piece size.
        var tensors = new Dictionary<string, float[]>
        {
            ["z/large"] = RandomArray.Uniform((1 << 20) + 77, seed: 1),
            ["a\u0000ÿ\"\\"] = [float.NaN, float.NegativeInfinity, -0f, float.Epsilon],
            ["empty"] = [],
            ["block"] = RandomArray.Uniform(1 << 16, seed: 2),
        };
        foreach (var i in Enumerable.Range(0, 50))
        {
            tensors[$"shared/prefix/of/many/names_{i}"] = RandomArray.Uniform(i + 1, seed: i);
        }

        var path = Path.Combine(TestFiles.OutputFolder(), "written");
        CheckpointWriter.Write(path, format, [.. tensors.Select(t => TensorSources.Float32(t.Key, t.Value)), TensorSources.Int64("global_step", 123456789012)]);
        using var checkpoint = Checkpoint.Open(path);
        Assert.That(checkpoint.Format, Is.EqualTo(format));
        Assert.That(checkpoint.Tensors, Has.Count.EqualTo(tensors.Count + 1));
        Assert.Multiple(() =>
        {
            foreach (var (name, values) in tensors)
            {
                Assert.That(checkpoint.TryFind(name, out var entry), name);
                Assert.That(entry!.Shape, Is.EqualTo(new[] { values.Length }));
                Assert.That(checkpoint.ReadBytes(entry).SequenceEqual(MemoryMarshal.AsBytes<float>(values)), name);
            }

            checkpoint.TryFind("global_step", out var step);
            Assert.That(step!.Shape, Is.Empty);
            Assert.That(BitConverter.ToInt64(checkpoint.ReadBytes(step)), Is.EqualTo(123456789012));
        });
    }

    [TestCase("v1", CheckpointFormat.TensorFlowV1)]
    [TestCase("v1", CheckpointFormat.TensorFlowV2)]
    [TestCase("v1", CheckpointFormat.Safetensors)]
    public void Every_element_type_survives(string source, CheckpointFormat format)
    {
        using var original = Checkpoint.Open(TestFiles.Data("checkpoints", "synthetic", source, "dtypes", "model.ckpt"));
        var tensors = original.Tensors
            .Where(t => format != CheckpointFormat.Safetensors || t.Type is not (ElementType.String or ElementType.Complex128)).ToList();
        var path = Path.Combine(TestFiles.OutputFolder(), "types");
        CheckpointWriter.Write(path, format, [.. tensors.Select(original.AsSource)]);
        using var copy = Checkpoint.Open(path);
        Assert.That(copy.Tensors.Select(t => (t.Name, t.Type)), Is.EqualTo(tensors.Select(t => (t.Name, t.Type))));
        foreach (var (ours, theirs) in copy.Tensors.Zip(tensors))
        {
            Assert.That(ours.Shape, Is.EqualTo(theirs.Shape));
            Assert.That(copy.ReadBytes(ours).SequenceEqual(original.ReadBytes(theirs)), ours.Name);
        }
    }

    [Test]
    public void Types_that_a_format_lacks_are_refused() => Assert.That(
        () => CheckpointWriter.Write(
            Path.Combine(TestFiles.OutputFolder(), "x"), CheckpointFormat.Safetensors, [new TensorSource("x", ElementType.String, [1], 4, (_, bytes) => bytes.Span.Clear())]),
        Throws.InstanceOf<CheckpointException>().With.Message.Contains("type string").And.Property(nameof(CheckpointException.Tensor)).EqualTo("x"));

    /// <summary>The same tensors, written again, give the real file's tensors; TensorFlow wrote one block per 256 KB.</summary>
    [Test]
    public void A_rewritten_checkpoint_equals_the_real_one_tensor_by_tensor()
    {
        using var real = Checkpoint.Open(TestFiles.BundledCheckpoint);
        var path = Path.Combine(TestFiles.OutputFolder(), "rewritten.ckpt");
        CheckpointWriter.Write(path, CheckpointFormat.TensorFlowV1, [.. real.Tensors.Select(real.AsSource)]);
        using var rewritten = Checkpoint.Open(path);
        Assert.That(rewritten.Tensors.Select(t => t.Name), Is.EqualTo(real.Tensors.Select(t => t.Name)));
        foreach (var (ours, theirs) in rewritten.Tensors.Zip(real.Tensors))
        {
            Assert.That(ours.Shape, Is.EqualTo(theirs.Shape));
            Assert.That(rewritten.ReadBytes(ours).SequenceEqual(real.ReadBytes(theirs)), ours.Name);
        }
    }

    [TestCaseSource(nameof(Formats))]
    public void A_failure_leaves_nothing_behind(CheckpointFormat format)
    {
        var folder = TestFiles.OutputFolder();
        var suffix = format == CheckpointFormat.TensorFlowV2 ? ".index" : string.Empty;
        var occupied = Directory.CreateDirectory(Path.Combine(folder, "occupied.ckpt" + suffix)).FullName;
        var kept = Path.Combine(folder, "kept.ckpt" + suffix);
        File.WriteAllText(kept, "before");
        var source = TensorSources.Float32("x", [1f]);
        Assert.Multiple(() =>
        {
            Assert.That(
                () => CheckpointWriter.Write(Path.Combine(folder, "no", "folder", "x.ckpt"), format, [source]),
                Throws.InstanceOf<CheckpointException>().With.Message.Contains("x.ckpt"));
            Assert.That(() => CheckpointWriter.Write(occupied, format, [source]), Throws.InstanceOf<CheckpointException>());
            Assert.That(
                () => CheckpointWriter.Write(
                    Path.Combine(folder, "failing.ckpt"), format, [source with { Fill = (_, _) => throw new IOException("No space left on device") }]),
                Throws.InstanceOf<CheckpointException>().With.Message.Contains("failing.ckpt").And.Message.Contains("No space left"));
            Assert.That(
                () => CheckpointWriter.Write(Path.Combine(folder, "cancelled.ckpt"), format, [source], null, new CancellationToken(canceled: true)),
                Throws.InstanceOf<OperationCanceledException>());
            Assert.That(
                () => CheckpointWriter.Write(kept, format, [source with { Fill = (_, _) => throw new IOException("No space left on device") }]),
                Throws.InstanceOf<CheckpointException>());
            Assert.That(File.ReadAllText(kept), Is.EqualTo("before"));
            Assert.That(Directory.GetFileSystemEntries(folder), Is.EquivalentTo(new[] { occupied, kept }));
        });
    }
}
