using System.Buffers.Binary;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Checkpoints.Tables;
using NUnit.Framework;

namespace Gpu.Tests.Loader.Checkpoints;

/// <summary>The parts of a refusal are properties, and the sentence has them all.</summary>
internal sealed class CheckpointExceptionTests
{
    private static IEnumerable<TestCaseData> Damages
    {
        get
        {
            var v1 = File.ReadAllBytes(TestFiles.Data("checkpoints", "v1", "nxt-safe", "safe_model.ckpt"));
            yield return Case("wrong checksum in V1", With(v1, 100, 1), offset: true, difference: true);
            var footer = (byte[])v1.Clone();
            footer.AsSpan(v1.Length - Footer.Length, 20).Fill(0xff);
            yield return Case("broken footer in V1", footer, offset: true);
            var safetensors = Safetensors();
            var longer = (byte[])safetensors.Clone();
            BinaryPrimitives.WriteInt64LittleEndian(longer, safetensors.Length);
            yield return Case("impossible header in safetensors", longer, offset: true, difference: true);
            yield return Case("safetensors cut short", safetensors[..^1], difference: true);
            yield return Case("unknown type in safetensors", Replace(safetensors, "F32", "F99"), tensor: "values", difference: true);
            yield return Case("other shape in safetensors", Replace(safetensors, "[4]", "[5]"), tensor: "values", offset: true, difference: true);
            var hdf5 = File.ReadAllBytes(TestFiles.Data("checkpoints", "hdf5", "keras-2016.h5"));
            yield return Case("HDF5 cut short", hdf5[..^10], difference: true);
            yield return Case("unknown superblock in HDF5", With(hdf5, 8, 9), offset: true, difference: true);
            yield return Case("no tree in HDF5", With(hdf5, hdf5.AsSpan().IndexOf("TREE"u8), 1), offset: true);
            yield return Case("wrong checksum in HDF5", Latest(), offset: true, difference: true);
        }
    }

    [TestCaseSource(nameof(Damages))]
    public void A_refusal_says_where_what_and_what_to_do(byte[] content, string? tensor, bool offset, bool difference)
    {
        var path = Path.Combine(TestFiles.OutputFolder(), "damaged");
        File.WriteAllBytes(path, content);
        var exception = Assert.Throws<CheckpointException>(() => CheckpointTests.ReadAll(path))!;
        Assert.Multiple(() =>
        {
            Assert.That(exception.File, Is.EqualTo(path));
            Assert.That(exception.Tensor, Is.EqualTo(tensor));
            Assert.That(exception.Offset is not null, Is.EqualTo(offset), exception.Message);
            Assert.That(exception.Offset ?? 0, Is.InRange(0, content.Length));
            Assert.That((exception.Expected is not null, exception.Found is not null), Is.EqualTo((expected: difference || tensor == "values", found: difference)), exception.Message);
            Assert.That(exception.Remedy, Is.Not.Empty);
            foreach (var part in new[] { exception.File, exception.Tensor, exception.Expected, exception.Found, exception.Remedy, exception.Offset?.ToString(System.Globalization.CultureInfo.InvariantCulture) })
            {
                Assert.That(exception.Message, Does.Contain(part ?? string.Empty));
            }
        });
    }

    /// <summary>Its data are damaged, and the tensor whose values they are is known.</summary>
    [TestCase(false, 4)]
    [TestCase(true, 4)]
    public void A_refused_data_shard_is_told_with_its_tensor(bool isCut, long offset)
    {
        var prefix = Path.Combine(TestFiles.OutputFolder(), "x");
        CheckpointWriter.Write(prefix, CheckpointFormat.TensorFlowV2, [TensorSources.Float32("sound", [1f]), TensorSources.Float32("values", [1f, 2f])]);
        var data = prefix + ".data-00000-of-00001";
        var bytes = File.ReadAllBytes(data);
        File.WriteAllBytes(data, isCut ? bytes[..^1] : With(bytes, 5, 1));
        var exception = Assert.Throws<CheckpointException>(() => CheckpointTests.ReadAll(prefix))!;
        Assert.That((exception.File, exception.Tensor, exception.Offset), Is.EqualTo((data, "values", offset)));
        Assert.That(exception.Found, Is.Not.Null.And.Not.EqualTo(exception.Expected));
    }

    [Test]
    public void What_a_file_says_does_not_break_the_sentence()
    {
        var path = Path.Combine(TestFiles.OutputFolder(), "damaged");
        File.WriteAllBytes(path, Replace(Safetensors(), "F32", "\\nF"));
        var exception = Assert.Throws<CheckpointException>(() => CheckpointTests.ReadAll(path))!;
        Assert.That(exception.Found, Is.EqualTo("\nF"));
        Assert.That(exception.Message, Does.Contain("found ?F").And.Not.Contain("\n"));
    }

    [Test]
    public void A_shape_or_type_that_cannot_be_is_told_as_found()
    {
        var shape = Assert.Throws<CheckpointException>(() => TensorEntry.Checked("x", "values", ElementType.Float32, [-1, 2]))!;
        var type = Assert.Throws<CheckpointException>(() => TensorEntry.Checked("x", "values", (ElementType)99, []))!;
        Assert.That((shape.Tensor, shape.Found), Is.EqualTo(("values", "[-1, 2]")));
        Assert.That((type.Tensor, type.Found), Is.EqualTo(("values", "99")));
    }

    private static TestCaseData Case(string name, byte[] content, string? tensor = null, bool offset = false, bool difference = false) =>
        new TestCaseData(content, tensor, offset, difference).SetArgDisplayNames(name);

    private static byte[] With(byte[] file, int at, byte change)
    {
        var copy = (byte[])file.Clone();
        copy[at] ^= change;
        return copy;
    }

    /// <summary>Puts as many other letters in a text's place.</summary>
    private static byte[] Replace(byte[] file, string text, string other)
    {
        var copy = (byte[])file.Clone();
        System.Text.Encoding.ASCII.GetBytes(other).CopyTo(copy, copy.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(text)));
        return copy;
    }

    private static byte[] Safetensors()
    {
        var path = Path.Combine(TestFiles.OutputFolder(), "sound.safetensors");
        CheckpointWriter.Write(path, CheckpointFormat.Safetensors, [TensorSources.Float32("values", [1f, 2f, 3f, 4f])]);
        return File.ReadAllBytes(path);
    }

    private static byte[] Latest()
    {
        var file = File.ReadAllBytes(TestFiles.Data("checkpoints", "hdf5", "latest-format.h5"));
        return With(file, file.AsSpan().IndexOf("OHDR"u8) + 20, 4);
    }
}
