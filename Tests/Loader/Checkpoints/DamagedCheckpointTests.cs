using Google.Protobuf;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Checkpoints.Protos;
using Gpu.Loader.Checkpoints.Slices;
using Gpu.Loader.Checkpoints.Tables;
using NUnit.Framework;

namespace Gpu.Tests.Loader.Checkpoints;

/// <summary>Whatever the bytes are: the tensors as they were written, or a <see cref="CheckpointException"/>, soon.</summary>
internal sealed class DamagedCheckpointTests
{
    /// <summary>One block of floats; every type and odd shape; several blocks, snappy-compressed.</summary>
    private static readonly string[][] Files =
    [
        ["v1", "nxt-safe", "safe_model.ckpt"],
        ["synthetic", "v1", "dtypes", "model.ckpt"],
        ["synthetic", "v1", "snappy", "model.ckpt"],
    ];

    [TestCaseSource(nameof(Files))]
    public void No_flipped_byte_goes_unnoticed(params string[] file)
    {
        var intact = Read(file);
        var footer = intact.Length - Footer.Length;
        var handles = 0;
        Footer.TryReadHandle(intact.AsSpan(footer), ref handles, out var metaindex);
        var indexHandle = handles;
        Footer.TryReadHandle(intact.AsSpan(footer), ref handles, out _);
        for (var position = 0; position < intact.Length; position++)
        {
            // The metaindex, which names filters, is empty and not read, nor is the handle to it; the footer's padding means nothing.
            if ((position >= metaindex.Offset && position < metaindex.Offset + metaindex.Length + TableReader.TrailerLength)
                || (position >= footer && position < footer + indexHandle)
                || (position >= footer + handles && position < intact.Length - sizeof(ulong)))
            {
                continue;
            }

            var damaged = (byte[])intact.Clone();
            damaged[position] ^= 0x5a;
            Assert.That(Outcome(damaged), Is.InstanceOf<CheckpointException>(), $"byte {position}");
        }
    }

    [TestCaseSource(nameof(Files))]
    public void No_truncation_goes_unnoticed(params string[] file)
    {
        var intact = Read(file);
        for (var length = 0; length < intact.Length; length++)
        {
            Assert.That(Outcome(intact[..length]), Is.InstanceOf<CheckpointException>(), $"{length} bytes");
        }
    }

    [TestCase(new long[] { -1, 3 }, "impossible shape")]
    [TestCase(new[] { long.MaxValue, 2L }, "impossible shape")]
    [TestCase(new[] { 1L << 62, 1L << 62, 1L << 62 }, "impossible shape")]
    [TestCase(new[] { 1L << 40, 1L << 40, 0L }, "impossible shape")]
    [TestCase(new[] { 1L << 40 }, "other values")]
    public void Impossible_shapes_are_refused(long[] shape, string expected) =>
        Refuses(List(Tensor("x", shape, Whole(shape.Length))), expected, ("x", Whole(shape.Length)));

    [Test]
    public void Values_of_another_number_are_refused() => Refuses(List(Tensor("x", [5], Whole(1))), "other values than are listed (expected 5 of type float32)", ("x", Whole(1)));

    [Test]
    public void Absent_values_are_refused() => Refuses(List(Tensor("x", [2], Whole(1))), "its values are absent");

    [Test]
    public void Overlapping_slices_are_refused() =>
        Refuses(List(Tensor("x", [4], Range(0, 3), Range(2, 2))), "overlapping slices", ("x", Range(0, 3)), ("x", Range(2, 2)));

    [Test]
    public void Rectangles_that_tile_a_matrix_are_put_together_and_others_refused()
    {
        SliceExtent[] left = [SliceExtent.Whole, new SliceExtent(0, 1)];
        SliceExtent[] right = [SliceExtent.Whole, new SliceExtent(1, 1)];
        SliceExtent[] lower = [new SliceExtent(1, 1), SliceExtent.Whole];
        Refuses(List(Tensor("x", [2, 2], left, lower)), "overlapping slices");
        Refuses(List(Tensor("x", [2, 3], left, right)), "leave holes");

        // Two columns, each stored as [1, 2].
        var path = Path.Combine(TestFiles.OutputFolder(), "columns.ckpt");
        File.WriteAllBytes(path, Table(List(Tensor("x", [2, 2], left, right)).ToByteArray(), ("x", left), ("x", right)));
        using var checkpoint = Checkpoint.Open(path);
        Assert.That(checkpoint.ReadFloat32(checkpoint.Tensors[0]).ToArray(), Is.EqualTo(new[] { 1f, 1f, 2f, 2f }));
    }

    [Test]
    public void Holes_between_slices_are_refused() => Refuses(List(Tensor("x", [5], Range(0, 2), Range(3, 2))), "leave holes");

    [Test]
    public void Slices_outside_the_shape_are_refused()
    {
        Refuses(List(Tensor("x", [4], Range(3, 2))), "outside its shape");
        Refuses(List(Tensor("x", [4], Range(-1, 2))), "outside its shape");
        Refuses(List(Tensor("x", [4, 4], Range(0, 4))), "outside its shape");
    }

    [Test]
    public void A_tensor_without_slices_is_refused() => Refuses(List(Tensor("x", [4])), "0 slices");

    [Test]
    public void Unknown_types_and_later_versions_are_refused()
    {
        var unknown = Tensor("x", [2], Whole(1));
        unknown.Type = 99;
        Refuses(List(unknown), "unknown element type 99");
        var list = List(Tensor("x", [2], Whole(1)));
        list.Meta.Versions = new VersionDef { Producer = 9, MinConsumer = 2 };
        Refuses(list, "later format version (expected 1, found 2)");
        list.Meta.Versions = new VersionDef { Producer = 9, BadConsumers = { 1 } };
        Refuses(list, "readers of format version 1");
        var rankless = Tensor("x", [], Whole(0));
        rankless.Shape.UnknownRank = true;
        Refuses(List(rankless), "no rank");
        Refuses(List(Tensor("x", new long[255], Whole(255))), "too many dimensions (expected at most 254, found 255)");
    }

    [Test]
    public void A_table_without_a_list_is_refused() => Refuses([], "no list of tensors");

    private static SavedTensorSlices List(params SavedSliceMeta[] tensors)
    {
        var list = new SavedTensorSlices { Meta = new SavedTensorSliceMeta() };
        list.Meta.Tensor.AddRange(tensors);
        return list;
    }

    private static SavedSliceMeta Tensor(string name, long[] shape, params SliceExtent[][] slices)
    {
        var meta = new SavedSliceMeta { Name = name, Type = (int)ElementType.Float32, Shape = new TensorShapeProto() };
        meta.Shape.Dim.AddRange(shape.Select(d => new TensorShapeProto.Types.Dim { Size = d }));
        foreach (var slice in slices)
        {
            var proto = new TensorSliceProto();
            proto.Extent.AddRange(slice.Select(e => e.IsWhole
                ? new TensorSliceProto.Types.Extent()
                : new TensorSliceProto.Types.Extent { Start = e.Start, Length = e.Length }));
            meta.Slice.Add(proto);
        }

        return meta;
    }

    private static SliceExtent[] Whole(int rank) => [.. Enumerable.Repeat(SliceExtent.Whole, rank)];

    private static SliceExtent[] Range(long start, long length) => [new SliceExtent(start, length)];

    private static void Refuses(SavedTensorSlices list, string expected, params (string Name, SliceExtent[] Slice)[] values) =>
        Refuses(list.ToByteArray(), expected, values);

    private static byte[] Read(string[] file) => File.ReadAllBytes(TestFiles.Data(["checkpoints", .. file]));

    private static void Refuses(byte[] list, string expected, params (string Name, SliceExtent[] Slice)[] values) =>
        Assert.That(Outcome(Table(list, values)), Is.InstanceOf<CheckpointException>().With.Message.Contains(expected));

    /// <summary>A table with this list of tensors, and the floats 1 and 2 under each of the keys.</summary>
    private static byte[] Table(byte[] list, params (string Name, SliceExtent[] Slice)[] values)
    {
        using var stream = new MemoryStream();
        var table = new TableWriter(stream);
        table.StartEntry([], list.Length);
        table.Append(list);

        // SavedTensorSlices { data { data { float_val: [1, 2] } } }
        byte[] message = [0x12, 12, 0x1a, 10, 0x2a, 8, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40];
        foreach (var key in values.Select(v => SliceKey.Encode(v.Name, v.Slice)).Order(Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b))))
        {
            table.StartEntry(key, message.Length);
            table.Append(message);
        }

        table.Finish();
        return stream.ToArray();
    }

    private static Exception? Outcome(byte[] content)
    {
        var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.ckpt");
        try
        {
            File.WriteAllBytes(path, content);
            CheckpointTests.ReadAll(path);
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
        finally
        {
            File.Delete(path);
        }
    }
}
