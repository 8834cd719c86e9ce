using Gpu.Loader.Checkpoints;
using Gpu.Loader.Networks;
using Gpu.Tests.Loader.Checkpoints;

namespace Gpu.Benchmarks;

/// <summary>A VGG-16 with random weights, of full size, in a folder of its own that goes with it.</summary>
internal sealed class FullSizeFile : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("vgg-benchmark-");

    public FullSizeFile(CheckpointFormat format)
    {
        Path = System.IO.Path.Combine(folder.FullName, "model");
        if (format == CheckpointFormat.Hdf5)
        {
            Hdf5File.Write(Path, SyntheticNetwork.Tensors(VggArchitecture.Vgg16, widthDivisor: 1, VggArchitecture.ImageNetClasses, seed: 0)
                .Where(t => t.Type == ElementType.Float32));
        }
        else
        {
            SyntheticNetwork.Write(Path, format, VggArchitecture.Vgg16, widthDivisor: 1, VggArchitecture.ImageNetClasses, seed: 0);
        }
    }

    /// <summary>The checkpoint, or the prefix of its files.</summary>
    public string Path { get; }

    /// <summary>The file that holds the values.</summary>
    public string LargestFile => folder.EnumerateFiles().MaxBy(f => f.Length)!.FullName;

    public void Dispose() => folder.Delete(recursive: true);
}
