using Gpu.Cases;
using Gpu.Kernels.Host;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using NUnit.Framework;

namespace Gpu.Tests.Kernels.Host;

internal sealed class WinogradTests
{
    private static readonly ConvolutionSpecification[] Specifications =
    [
        new(new Shape(2, 33, 35, 20), new FilterShape(3, 3, 20, 40), Padding.Same, Relu: true),
        new(new Shape(1, 90, 61, 16), new FilterShape(3, 3, 16, 16), Padding.Valid, Relu: false, Pooled: true),
    ];

    /// <summary>With one thread blocks of tiles are the items of work, with many blocks of channels are.</summary>
    [TestCaseSource(nameof(Specifications))]
    public void Results_are_equal_bits_for_any_number_of_threads(ConvolutionSpecification specification)
    {
        using var one = new HostDevice(new HostOptions { Threads = 1 });
        using var many = new HostDevice(new HostOptions { Threads = 16 });
        foreach (var tile in new[] { "winograd-4x4", "winograd-6x6" })
        {
            Assert.That(Run(many, tile, specification), Is.EqualTo(Run(one, tile, specification)), tile);
        }
    }

    [TestCase(224, 3, 64, "direct")]
    [TestCase(224, 64, 64, "winograd-6x6")]
    [TestCase(112, 128, 128, "winograd-6x6")]
    [TestCase(56, 256, 256, "winograd-4x4")]
    [TestCase(14, 512, 512, "winograd-4x4")]
    [TestCase(2, 512, 512, "direct")]
    public void The_least_estimated_time_is_that_of_the_best_measured(int side, int inputs, int outputs, string expected)
    {
        using var device = new HostDevice();
        var specification = new ConvolutionSpecification(
            new Shape(1, side, side, inputs), new FilterShape(3, 3, inputs, outputs), Padding.Same, Relu: true);
        var chosen = device.ConvolutionAlgorithms.Where(a => a.Supports(specification)).MinBy(a => a.EstimatedFlops(specification));
        Assert.That(chosen!.Name, Is.EqualTo(expected));
    }

    private static float[] Run(HostDevice device, string algorithm, ConvolutionSpecification specification) => OperationRunner.Run(
        device,
        device.ConvolutionAlgorithms.Single(a => a.Name == algorithm),
        specification,
        RandomArray.Uniform(specification.Input.Elements, seed: 5),
        RandomArray.Uniform(specification.Filter.Elements, seed: 6),
        RandomArray.Uniform(specification.Filter.OutputChannels, seed: 7));
}
