using System.Buffers.Binary;
using Gpu.Loader.Checkpoints;
using NUnit.Framework;

namespace Gpu.Tests.Loader.Checkpoints;

/// <summary>What is particular to HDF5; that sound files are read is tested with those of all formats.</summary>
internal sealed class Hdf5Tests
{
    private const int SuperblockRoot = 64;

    private static string Odd => TestFiles.Data("checkpoints", "hdf5", "odd.h5");

    private static string Latest => TestFiles.Data("checkpoints", "hdf5", "latest-format.h5");

    [Test]
    public void Symbolic_links_foreign_types_and_circles_are_left_out()
    {
        using var checkpoint = Checkpoint.Open(Odd);
        Assert.That(checkpoint.Tensors.Select(t => t.Name), Is.EqualTo(new[] { "big_endian", "chunked", "plain", "unwritten" }));
    }

    [TestCase("big_endian", "big-endian")]
    [TestCase("chunked", "in chunks")]
    [TestCase("unwritten", "has no values")]
    public void What_cannot_be_read_is_refused_when_it_is_asked_for(string name, string problem)
    {
        using var checkpoint = Checkpoint.Open(Odd);
        Assert.That(checkpoint.TryFind(name, out var entry));
        var exception = Assert.Throws<CheckpointException>(() => checkpoint.ReadBytes(entry!))!;
        Assert.That(exception.Message, Does.Contain("odd.h5").And.Contain(name).And.Contain(problem).And.Contain("libver='earliest'"));
        Assert.That(exception.Tensor, Is.EqualTo(name));
    }

    [Test]
    public void A_group_that_leads_back_to_itself_ends()
    {
        var bytes = File.ReadAllBytes(Odd);

        // The B-tree of the root group becomes its own child, at whatever level it says.
        var tree = bytes.AsSpan().IndexOf("TREE"u8);
        bytes[tree + 5] = 3;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(tree + 32), tree);
        Assert.That(() => Open(bytes), Throws.InstanceOf<CheckpointException>().With.Message.Contains("leads back to itself"));
    }

    [Test]
    public void A_header_that_goes_on_in_itself_ends()
    {
        var bytes = File.ReadAllBytes(Odd);
        var root = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(SuperblockRoot));
        var message = bytes.AsSpan(root + 16);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(root + 2), ushort.MaxValue);
        BinaryPrimitives.WriteUInt16LittleEndian(message, 0x10);
        BinaryPrimitives.WriteInt64LittleEndian(message[8..], root + 16);
        BinaryPrimitives.WriteInt64LittleEndian(message[16..], 24);
        Assert.That(() => Open(bytes), Throws.InstanceOf<CheckpointException>().With.Message.Contains("again and again"));
    }

    [Test]
    public void A_file_that_is_cut_short_says_so()
    {
        var bytes = File.ReadAllBytes(Odd);
        var exception = Assert.Throws<CheckpointException>(() => Open(bytes[..^1]))!;
        Assert.That(exception.Message, Does.Contain("is cut short"));
        Assert.That((exception.Expected, exception.Found), Is.EqualTo(($"{bytes.Length} bytes", $"{bytes.Length - 1}")));
    }

    [Test]
    public void Every_flipped_byte_of_the_newer_headers_is_found_by_their_checksums()
    {
        var bytes = File.ReadAllBytes(Latest);
        var header = bytes.AsSpan().IndexOf("OHDR"u8);
        Assert.Multiple(() =>
        {
            for (var i = 0; i < 64; i++)
            {
                var damaged = (byte[])bytes.Clone();
                damaged[header + i] ^= 0x10;
                Assert.That(() => Open(damaged), Throws.InstanceOf<CheckpointException>(), $"byte {i}");
            }
        });
    }

    [Test]
    public void A_small_file_does_not_stand_for_large_tensors()
    {
        var exception = Assert.Throws<CheckpointException>(() => Checkpoint.Open(TestFiles.Data("checkpoints", "hdf5", "shared.h5")))!;
        Assert.That(exception.Message, Does.Contain("shared.h5").And.Contain("overlap"));
    }

    private static void Open(byte[] bytes)
    {
        var path = Path.Combine(TestFiles.OutputFolder(), "damaged.h5");
        File.WriteAllBytes(path, bytes);
        Checkpoint.Open(path).Dispose();
    }
}
