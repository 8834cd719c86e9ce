using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Checkpoints.Protos;
using Gpu.Loader.Checkpoints.Slices;
using Gpu.Loader.Checkpoints.Tables;
using Gpu.Tests.Loader.Checkpoints;
using NUnit.Framework;
using Snappier;

namespace Gpu.Tests.Fuzzing;

/// <summary>Small files, checksums and all, that would make a trusting reader allocate a lot, or fall.</summary>
internal sealed class HostileCheckpointTests
{
    private const int Kilobyte = 1 << 10;

    private static readonly SliceExtent[] Scalar = [];

    private string folder = string.Empty;

    [SetUp]
    public void NewFolder() => folder = TestFiles.OutputFolder();

    [Test]
    public void Slices_without_values_take_no_memory_for_the_whole()
    {
        const long half = 1L << 27;
        var meta = new SavedSliceMeta { Name = "x", Type = (int)ElementType.Float32, Shape = Shape(2 * half) };
        meta.Slice.Add(Slice(0, half));
        meta.Slice.Add(Slice(half, half));
        Refuses(Write(List(meta)), "values are absent");
    }

    [Test]
    public void Slices_of_a_bundle_do_not_share_values()
    {
        const int slices = 200, length = 16 * Kilobyte;
        var extents = Enumerable.Range(0, slices).Select(i => new[] { new SliceExtent(i * length / sizeof(float), length / sizeof(float)) }).ToArray();
        var prefix = BundleFile.Write(
            Path.Combine(folder, "m"),
            new byte[length],
            [BundleFile.Tensor("x", [slices * length / sizeof(float)], 0, 0, extents), .. extents.Select(e => BundleFile.Slice("x", e, 0, length))]);
        Refuses(prefix, "overlap", FilesSize());
    }

    [Test]
    public void A_scalar_of_one_slice_is_read()
    {
        var entry = BundleFile.Tensor("x", [], 0, 0);
        entry.Entry.Slices.Add(new TensorSliceProto());
        var prefix = BundleFile.Write(Path.Combine(folder, "m"), BitConverter.GetBytes(3.5f), entry, BundleFile.Slice("x", Scalar, 0, sizeof(float)));
        using var checkpoint = Checkpoint.Open(prefix);
        Assert.That(checkpoint.ReadFloat32(checkpoint.Tensors.Single()).ToArray(), Is.EqualTo(new[] { 3.5f }));
    }

    /// <summary>A byte of each entry prolongs the key before it.</summary>
    [Test]
    public void Keys_do_not_grow_without_end()
    {
        var block = new List<byte>();
        Append(block, 0, Encoding.UTF8.GetBytes(new string('a', 32 * Kilobyte)), [0, 0]);
        for (var shared = 32 * Kilobyte; shared < 40 * Kilobyte; shared++)
        {
            Append(block, shared, "a"u8, [0, 0]);
        }

        Refuses(WriteBlock([.. block, .. new byte[sizeof(uint)]]), "broken index");
    }

    [Test]
    public void Blocks_do_not_overlap()
    {
        var index = new List<byte>();
        for (byte i = 0; i < 100; i++)
        {
            Append(index, 0, [i], [0, i]);
        }

        Refuses(WriteBlock([.. index, .. new byte[sizeof(uint)]]), "broken index");
    }

    [Test]
    public void Many_short_strings_take_memory_in_proportion()
    {
        var values = new byte[sizeof(uint) * 100_000];
        var path = Path.Combine(folder, "strings");
        CheckpointWriter.Write(
            path, CheckpointFormat.TensorFlowV2, [new TensorSource("x", ElementType.String, [100_000], values.Length, (offset, bytes) => values.AsSpan((int)offset, bytes.Length).CopyTo(bytes.Span))]);
        Assert.That(BoundedReading.Read(path, FilesSize()), Is.True);
    }

    [Test]
    public void Unknown_fields_are_not_kept()
    {
        var list = List(new SavedSliceMeta { Name = "x", Type = (int)ElementType.Float32, Shape = new TensorShapeProto(), Slice = { new TensorSliceProto() } });
        byte[] fields = [.. Enumerable.Range(0, 30_000).SelectMany(i => Field(100 + i))];
        Refuses(Write([.. list, .. fields]), "values are absent");

        static byte[] Field(int number)
        {
            var bytes = new byte[Varint.MaximumLength];
            var length = Varint.Write(bytes, (ulong)number << 3);
            return [.. bytes[..length], 0];
        }
    }

    [Test]
    public void Empty_dimensions_take_memory_in_proportion()
    {
        var meta = new SavedSliceMeta { Name = "x", Type = (int)ElementType.Float32, Shape = Shape(new long[200_000]) };
        Refuses(Write(List(meta)), "found 200000");
    }

    [Test]
    public void Many_slices_are_refused_before_they_are_compared()
    {
        var meta = new SavedSliceMeta { Name = "x", Type = (int)ElementType.Float32, Shape = Shape(200_000) };
        meta.Slice.AddRange(Enumerable.Range(0, 100_000).Select(i => Slice(2 * i, 1)));
        Refuses(Write(List(meta)), "100000 slices");
    }

    [TestCase(0)]
    [TestCase(1)]
    public void The_smallest_slices_take_memory_in_proportion(int rank)
    {
        var meta = new SavedSliceMeta { Name = "x", Type = (int)ElementType.Float32, Shape = Shape([.. Enumerable.Repeat(3L, rank)]) };
        meta.Slice.AddRange(Enumerable.Range(0, 100_000).Select(_ => new TensorSliceProto { Extent = { Enumerable.Range(0, rank).Select(_ => new TensorSliceProto.Types.Extent()) } }));
        Refuses(Write(List(meta)), "100000 slices");
    }

    [Test]
    public void A_list_beyond_reason_is_not_parsed()
    {
        var meta = new SavedSliceMeta { Name = "x", Type = (int)ElementType.Float32, Shape = Shape(9L << 20) };
        meta.Slice.AddRange(Enumerable.Range(0, 2 << 20).Select(_ => new TensorSliceProto { Extent = { new TensorSliceProto.Types.Extent() } }));
        Refuses(Write(List(meta)), "beyond reason");
    }

    [Test]
    public void An_index_beyond_reason_is_not_parsed()
    {
        var prefix = BundleFile.Write(Path.Combine(folder, "m"), [], BundleFile.Tensor(new string('x', 17 << 20), [0], 0, 0));
        Refuses(prefix, "beyond reason", FilesSize());
    }

    /// <summary>Zeros take a 22nd of their length: 3.8 MB stand for 80.</summary>
    [Test]
    public void Compressed_blocks_do_not_stand_for_far_more_than_the_file() =>
        Refuses(WriteBlock(Snappy.CompressToArray(new byte[80 << 20]), compression: 1), "broken snappy-compressed block");

    private static byte[] List(params SavedSliceMeta[] tensors)
    {
        var list = new SavedTensorSlices { Meta = new SavedTensorSliceMeta() };
        list.Meta.Tensor.AddRange(tensors);
        return list.ToByteArray();
    }

    private static TensorShapeProto Shape(params long[] dimensions)
    {
        var shape = new TensorShapeProto();
        shape.Dim.AddRange(dimensions.Select(d => new TensorShapeProto.Types.Dim { Size = d }));
        return shape;
    }

    private static TensorSliceProto Slice(long start, long length) =>
        new() { Extent = { new TensorSliceProto.Types.Extent { Start = start, Length = length } } };

    private static void Append(List<byte> block, int shared, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        Span<byte> bytes = stackalloc byte[Varint.MaximumLength];
        foreach (var length in new[] { shared, key.Length, value.Length })
        {
            block.AddRange(bytes[..Varint.Write(bytes, (ulong)length)]);
        }

        block.AddRange(key);
        block.AddRange(value);
    }

    /// <summary>A V1 checkpoint that is nothing but a list of tensors.</summary>
    private string Write(byte[] list)
    {
        var path = Path.Combine(folder, "hostile.ckpt");
        File.WriteAllBytes(path, TableEntries.Write([([], list)]));
        return path;
    }

    /// <summary>A table that is nothing but an index.</summary>
    private string WriteBlock(byte[] index, byte compression = 0)
    {
        var footer = new byte[Footer.Length];
        var position = 2 + Varint.Write(footer.AsSpan(2), 0);
        Varint.Write(footer.AsSpan(position), (ulong)index.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(footer.AsSpan(Footer.Length - sizeof(ulong)), Footer.Magic);
        byte[] content = [.. index, compression];
        var path = Path.Combine(folder, "hostile.ckpt");
        File.WriteAllBytes(path, [.. content, .. BitConverter.GetBytes(Crc32C.Mask(Crc32C.Compute(content))), .. footer]);
        return path;
    }

    private long FilesSize() => new DirectoryInfo(folder).GetFiles().Sum(f => f.Length);

    private static void Refuses(string path, string expected) => Refuses(path, expected, new FileInfo(path).Length);

    private static void Refuses(string path, string expected, long size)
    {
        Assert.That(BoundedReading.Read(path, size), Is.False);
        Assert.That(() => CheckpointTests.ReadAll(path), Throws.InstanceOf<CheckpointException>().With.Message.Contains(expected));
    }
}
