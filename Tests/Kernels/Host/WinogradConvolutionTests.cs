using Gpu.Cases;
using Gpu.Kernels.Host;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using NUnit.Framework;

namespace Gpu.Tests.Kernels.Host;

/// <summary>What Winograd's results and its choice may not depend on.</summary>
internal sealed class WinogradConvolutionTests
{
    /// <summary>
    /// Maps whose tiles are computed in blocks of each thread's own, with few inputs, and by all threads together. Inputs and outputs are an
    /// even number of blocks of 16 channels, as the matrix unit wants them.
    /// </summary>
    private static readonly ConvolutionSpecification[] Specifications =
    [
        new(new Shape(1, 101, 130, 17), new FilterShape(3, 3, 17, 53), Padding.Same, Relu: true),
        new(new Shape(2, 101, 75, 49), new FilterShape(3, 3, 49, 64), Padding.Same, Relu: true, Pooled: true),
        new(new Shape(3, 14, 13, 120), new FilterShape(3, 3, 120, 90), Padding.Valid, Relu: false),
    ];

    private static readonly string[] Algorithms = ["winograd-2x2", "winograd-4x4", "winograd-6x6", "winograd-2x2-3xbf16", "winograd-4x4-3xbf16"];

    [Test]
    public void Any_number_of_threads_gives_the_same_bits(
        [ValueSource(nameof(Specifications))] ConvolutionSpecification specification, [ValueSource(nameof(Algorithms))] string algorithm)
    {
        var input = RandomArray.Uniform(specification.Input.Elements, seed: 1);
        var results = new[] { 1, 2, 5, 16 }.Select(threads => Run(specification, algorithm, threads, input)).ToList();
        Assert.That(results, Is.All.EqualTo(results[0]));
    }

    [Test]
    public void A_window_that_begins_with_a_tile_gives_the_bits_of_the_whole([ValueSource(nameof(Algorithms))] string algorithm)
    {
        const int firstRow = 12;
        const int rows = 50;
        var whole = Specifications[0];
        var window = whole with { Input = whole.Input with { Height = rows } };
        var input = RandomArray.Uniform(whole.Input.Elements, seed: 1);
        var inputRow = whole.Input.Width * whole.Input.Channels;
        var outputRow = whole.Output.Width * whole.Output.Channels;
        var expected = Run(whole, algorithm, threads: 2, input).AsSpan((firstRow + 1) * outputRow, (rows - 2) * outputRow).ToArray();
        var actual = Run(window, algorithm, threads: 2, input.AsSpan(firstRow * inputRow, rows * inputRow).ToArray());

        // The window sees zeros instead of the rows around it, so its first tiles and its last, ragged ones differ.
        Assert.That(actual.AsSpan(6 * outputRow, 36 * outputRow).ToArray(), Is.EqualTo(expected.AsSpan(5 * outputRow, 36 * outputRow).ToArray()));
    }

    /// <summary>The last convolutions of the smallest window have 37 pixels a side.</summary>
    [Test]
    public void Every_map_of_a_large_picture_has_one_choice(
        [Values(8, 16, 32, 64, 128, 256, 512)] int inputs, [Values(1, 2)] int widening, [Values] bool pooled,
        [Values(ProductPrecision.Float32, ProductPrecision.BFloat16x3)] ProductPrecision precision)
    {
        using var device = new HostDevice(new HostOptions { Threads = 2 });
        if (precision == ProductPrecision.BFloat16x3 && (inputs < 32 || !AmxKernel.IsSupported))
        {
            Assert.Ignore("Only processors with AMX multiply in 3xbf16, and only 32 channels and more.");
        }

        var filter = new FilterShape(3, 3, inputs, inputs * widening);
        var choices = Enumerable.Range(37, 120).Select(side =>
        {
            var specification = new ConvolutionSpecification(new Shape(1, side, side, inputs), filter, Padding.Same, Relu: true, pooled);
            return device.ConvolutionAlgorithms
                .Where(a => a.WeightPrecision == WeightPrecision.Float32 && a.ProductPrecision == precision && a.Supports(specification))
                .MinBy(a => a.EstimatedFlops(specification))!.Name;
        });
        Assert.That(choices.Distinct().Count(), Is.EqualTo(1));
    }

    [TestCase(224, 3, 64, "direct")]
    [TestCase(224, 64, 64, "winograd-6x6")]
    [TestCase(112, 128, 128, "winograd-6x6")]
    [TestCase(56, 256, 256, "winograd-6x6")]
    [TestCase(28, 512, 512, "winograd-4x4")]
    [TestCase(14, 512, 512, "winograd-2x2")]
    [TestCase(2, 512, 512, "direct")]
    [TestCase(224, 64, 64, "winograd-4x4-3xbf16")]
    [TestCase(56, 256, 256, "winograd-4x4-3xbf16")]
    [TestCase(28, 512, 512, "winograd-4x4-3xbf16")]
    [TestCase(14, 512, 512, "winograd-2x2-3xbf16")]
    public void The_least_estimated_time_is_that_of_the_best_measured(int side, int inputs, int outputs, string expected)
    {
        using var device = new HostDevice();
        var precision = Find(device, expected).ProductPrecision;
        var specification = new ConvolutionSpecification(
            new Shape(1, side, side, inputs), new FilterShape(3, 3, inputs, outputs), Padding.Same, Relu: true);
        var chosen = device.ConvolutionAlgorithms.Where(a => a.ProductPrecision == precision && a.Supports(specification)).MinBy(a => a.EstimatedFlops(specification));
        Assert.That(chosen!.Name, Is.EqualTo(expected));
    }

    private static ConvolutionAlgorithm Find(HostDevice device, string algorithm)
    {
        var found = device.ConvolutionAlgorithms.SingleOrDefault(a => a.Name == algorithm);
        if (found is null && algorithm.EndsWith("3xbf16", StringComparison.Ordinal) && !AmxKernel.IsSupported)
        {
            Assert.Ignore("This processor has no AMX.");
        }

        return found ?? throw new ArgumentException($"There is no algorithm {algorithm}.", nameof(algorithm));
    }

    private static float[] Run(ConvolutionSpecification specification, string algorithm, int threads, float[] input)
    {
        using var device = new HostDevice(new HostOptions { Threads = threads });
        return OperationRunner.Run(
            device,
            Find(device, algorithm),
            specification,
            input,
            RandomArray.Uniform(specification.Filter.Elements, seed: 2),
            RandomArray.Uniform(specification.Filter.OutputChannels, seed: 3));
    }
}
