using Gpu.Loader.Checkpoints;
using Gpu.Loader.Networks;
using NUnit.Framework;

namespace Gpu.Tests.Loader.Networks;

internal sealed class SyntheticNetworkTests
{
    [Test]
    public void In_memory_it_has_the_tensors_of_its_file()
    {
        var path = Path.Combine(TestFiles.OutputFolder(), "thin.ckpt");
        SyntheticNetwork.Write(path, CheckpointFormat.TensorFlowV1, VggArchitecture.Vgg11, widthDivisor: 32, classes: 7, seed: 5);
        using var file = Checkpoint.Open(path);
        using var memory = SyntheticNetwork.InMemory(VggArchitecture.Vgg11, widthDivisor: 32, classes: 7, seed: 5);
        Assert.That(memory.Tensors.Select(t => (t.Name, t.Type)), Is.EqualTo(file.Tensors.Select(t => (t.Name, t.Type))));
        foreach (var (expected, actual) in file.Tensors.Zip(memory.Tensors))
        {
            Assert.That(actual.Shape, Is.EqualTo(expected.Shape), expected.Name);
            memory.Evict(actual);
            Assert.That(memory.ReadBytes(actual).SequenceEqual(file.ReadBytes(expected)), expected.Name);
        }
    }
}
