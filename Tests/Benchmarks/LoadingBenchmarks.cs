using System.IO.MemoryMappedFiles;
using System.Numerics;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using Gpu.Engine;
using Gpu.Kernels.Host;
using Gpu.Loader.Checkpoints;

namespace Gpu.Benchmarks;

/// <summary>
/// From a full-size VGG-16 file of 553 MB, in the page cache, to a model that is ready on the CPU; beside them one thread that only
/// reads the mapped file, the measure for verifying its checksums.
/// </summary>
[MemoryDiagnoser]
public class LoadingBenchmarks
{
    private FullSizeFile file = null!;

    public static IEnumerable<CheckpointFormat> Formats => Enum.GetValues<CheckpointFormat>();

    [ParamsSource(nameof(Formats))]
    public CheckpointFormat Format { get; set; }

    [GlobalSetup]
    public void Write() => file = new FullSizeFile(Format);

    [GlobalCleanup]
    public void Delete() => file.Dispose();

    /// <summary>Opens and lists.</summary>
    [Benchmark]
    public long Open()
    {
        using var checkpoint = Checkpoint.Open(file.Path);
        return checkpoint.Tensors.Sum(t => t.Bytes);
    }

    /// <summary>Asks for every tensor, by which every checksum that the format has is verified.</summary>
    [Benchmark]
    public long Verify()
    {
        using var checkpoint = Checkpoint.Open(file.Path);
        long bytes = 0;
        foreach (var tensor in checkpoint.Tensors)
        {
            bytes += checkpoint.ReadBytes(tensor).Length;
        }

        return bytes;
    }

    /// <summary>Reads the largest of its files through a mapping, with one thread.</summary>
    [Benchmark(Baseline = true)]
    public unsafe Vector<ulong> Read()
    {
        using var map = MemoryMappedFile.CreateFromFile(file.LargestFile, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        using var view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        var sum = Vector<ulong>.Zero;
        foreach (var value in MemoryMarshal.Cast<byte, Vector<ulong>>(new ReadOnlySpan<byte>(start, checked((int)new FileInfo(file.LargestFile).Length))))
        {
            sum ^= value;
        }

        view.SafeMemoryMappedViewHandle.ReleasePointer();
        return sum;
    }

    /// <summary>Loads to the CPU, every parameter verified and packed.</summary>
    [Benchmark]
    public long Load()
    {
        using var checkpoint = Checkpoint.Open(file.Path);
        using var device = new HostDevice();
        using var model = VggModel.Load(checkpoint, device);
        return model.ParameterBytes;
    }
}
