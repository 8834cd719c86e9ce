using Gpu.Cases;
using Gpu.Cli.Laboratory;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Networks;
using Gpu.Tests.Reference;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Laboratory;

/// <summary>What the program compares its measurements with is what the tests compare the product with.</summary>
internal sealed class Float64NetworkTests
{
    /// <summary>Of sums of float64 in another order.</summary>
    private const double Tolerance = 1e-12;

    [TestCaseSource(typeof(ConvolutionCase), nameof(ConvolutionCase.Ragged))]
    public void A_convolution_is_that_of_the_reference(ConvolutionCase @case)
    {
        var specification = @case.Specification;
        double[] input = [.. RandomArray.Uniform(specification.Input.Elements, seed: 1).Select(v => (double)v)];
        var filter = RandomArray.Uniform(specification.Filter.Elements, seed: 2);
        var bias = RandomArray.Uniform(specification.Filter.OutputChannels, seed: 3);
        var unpooled = specification with { Pooled = false };
        var expected = ReferenceOperations.Convolution(unpooled, input, filter, bias);
        if (specification.Pooled)
        {
            expected = ReferenceOperations.MaxPool(unpooled.Output, expected);
        }

        var source = new ArrayFilterSource(specification.Filter, filter, bias);
        var actual = Float64Operations.Convolution(
            specification, input, (first, outputs, values) => source.Read(0, specification.Filter.InputChannels, first, outputs, values), bias, CancellationToken.None);
        AssertEqual(actual, expected);
    }

    [TestCase(1, 224, 224)]
    [TestCase(2, 256, 288)]
    public void A_network_is_that_of_the_reference(int batch, int height, int width)
    {
        using var checkpoint = SyntheticNetwork.InMemory(VggArchitecture.Vgg16, widthDivisor: 32, classes: 11, seed: 4);
        var input = new Shape(batch, height, width, 3);
        var values = RandomArray.Uniform(input.Elements, seed: 1, scale: 100);
        var network = new Float64Network(checkpoint);
        AssertEqual(
            network.Compute(input, values, CancellationToken.None),
            ReferenceNetwork.Logits(checkpoint, "vgg_16", input, values, Padding.Valid));
        Assert.That(network.Classes, Is.EqualTo(11));
        var once = network.Logits(3, 224, 224, CancellationToken.None);
        Assert.That(network.Logits(3, 224, 224, CancellationToken.None), Is.SameAs(once), "it is computed once");
    }

    private static void AssertEqual(double[] actual, double[] expected)
    {
        Assert.That(actual, Has.Length.EqualTo(expected.Length));
        Assert.That(Math.Sqrt(actual.Zip(expected, (a, e) => (a - e) * (a - e)).Sum() / expected.Sum(e => e * e)), Is.LessThan(Tolerance));
    }
}
