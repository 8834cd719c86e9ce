using System.Buffers.Binary;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Networks;
using NUnit.Framework;

namespace Gpu.Tests.Fuzzing;

/// <summary>
/// Opens a checkpoint, reads all of it and looks for a network: this gives tensors of the sizes that they claim or a
/// <see cref="CheckpointException"/>, soon, and allocates no more than in proportion to the files.
/// </summary>
internal static class BoundedReading
{
    /// <summary>The names of all networks' parameters, among which the tensors' are looked for, take 200 KB; the rest is for refusals.</summary>
    private const long AllowedConstant = 512 << 10;

    /// <summary>
    /// What is allocated is what was read: a compressed block holds at most 22 times its bytes, keys that share prefixes 16 times, and
    /// the smallest parts of a list of tensors, empty slices of 2 to 4 bytes, become objects of 50 times their bytes. Lists, indices and
    /// what blocks hold beyond the file have limits, so that of large files it is their size and a constant, but for integers stored as varints.
    /// </summary>
    private const long AllowedFactor = 64;

    /// <summary>Thousands of times what a small file takes.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(1);

    /// <summary>Whether a checkpoint of one file is accepted.</summary>
    public static bool Read(string path) => Read(path, new FileInfo(path).Length);

    /// <summary>Whether a checkpoint is accepted whose files have so many bytes together.</summary>
    public static bool Read(string path, long size)
    {
        var reading = Task.Run(() => ReadMeasured(path));
        Assert.That(reading.Wait(TimeLimit), Is.True, $"Reading {path} does not come to an end.");
        var (accepted, allocated) = reading.Result;
        Assert.That(allocated, Is.LessThanOrEqualTo((AllowedFactor * size) + AllowedConstant), $"Reading {path} allocates too much for {size} bytes.");
        return accepted;
    }

    /// <summary>What is counted is this thread's: small files are read by no other.</summary>
    private static (bool Accepted, long Allocated) ReadMeasured(string path)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var accepted = ReadAll(path);
        return (accepted, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static bool ReadAll(string path)
    {
        try
        {
            using var checkpoint = Checkpoint.Open(path);
            var accepted = true;
            foreach (var tensor in checkpoint.Tensors)
            {
                accepted &= ReadTensor(checkpoint, tensor);
            }

            VggWeights.Match(checkpoint);
            return accepted;
        }
        catch (CheckpointException exception)
        {
            return Refused(exception);
        }
    }

    private static bool ReadTensor(Checkpoint checkpoint, TensorEntry tensor)
    {
        try
        {
            var bytes = checkpoint.ReadBytes(tensor);
            var (claimed, given) = tensor.Type == ElementType.String ? (tensor.Elements, CountStrings(bytes)) : (tensor.Bytes, bytes.Length);
            Assert.That(given, Is.EqualTo(claimed), tensor.Name);

            // The last byte is there.
            return bytes.IsEmpty || bytes[^1] >= 0;
        }
        catch (CheckpointException exception)
        {
            return Refused(exception);
        }
    }

    /// <summary>Not accepted; a message of several lines is a failure.</summary>
    private static bool Refused(CheckpointException exception)
    {
        Assert.That(exception.Message.AsSpan().ContainsAny('\n', '\r'), Is.False, exception.Message);
        return false;
    }

    /// <summary>Each is its length and then so many bytes.</summary>
    private static long CountStrings(ReadOnlySpan<byte> bytes)
    {
        var count = 0L;
        for (; !bytes.IsEmpty; count++)
        {
            bytes = bytes[(sizeof(uint) + BinaryPrimitives.ReadInt32LittleEndian(bytes))..];
        }

        return count;
    }
}
