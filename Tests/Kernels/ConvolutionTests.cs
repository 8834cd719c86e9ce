using Gpu.Cases;
using Gpu.Kernels.Operations;
using Gpu.Tests.Reference;
using NUnit.Framework;

namespace Gpu.Tests.Kernels;

/// <summary>Every algorithm of every device against float64 on every case.</summary>
[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
internal sealed class ConvolutionTests(string deviceId)
{
    [TestCaseSource(typeof(ConvolutionCase), nameof(ConvolutionCase.Ragged))]
    public void Matches_float64_on_ragged_shapes(ConvolutionCase @case)
    {
        if (TestDevices.IsSlow(TestDevices.Open(deviceId)) && !ConvolutionCase.Tiny.Contains(@case))
        {
            Assert.Ignore("The simulator runs tiny shapes only.");
        }

        Check(@case);
    }

    [TestCaseSource(typeof(ConvolutionCase), nameof(ConvolutionCase.Vgg16))]
    public void Matches_float64_on_the_layers_of_vgg16(ConvolutionCase @case)
    {
        if (TestDevices.IsSlow(TestDevices.Open(deviceId)))
        {
            Assert.Ignore("The simulator runs tiny shapes only.");
        }

        Check(@case);
    }

    private void Check(ConvolutionCase @case)
    {
        var device = TestDevices.Open(deviceId);
        var specification = @case.Specification;
        var input = RandomArray.Uniform(specification.Input.Elements, seed: 1);
        var filter = RandomArray.Uniform(specification.Filter.Elements, seed: 2, scale: MathF.Sqrt(6f / specification.Filter.Depth));
        var bias = RandomArray.Uniform(specification.Filter.OutputChannels, seed: 3, scale: 0.1f);
        var expected = ExpectedConvolutions.Get(@case, input, filter, bias);

        using var scope = device.Enter();
        var algorithms = device.ConvolutionAlgorithms.Where(a => a.Supports(specification)).ToList();
        if (algorithms.Count == 0 && specification.Pooled)
        {
            Assert.Ignore("No algorithm of this device pools.");
        }

        Assert.That(algorithms, Is.Not.Empty, "Every convolution has an algorithm on every device.");
        Assert.Multiple(() =>
        {
            foreach (var algorithm in algorithms)
            {
                var actual = OperationRunner.Run(device, algorithm, specification, input, filter, bias);
                Assert.That(RelativeError.L2(actual, expected), Is.LessThanOrEqualTo(algorithm.RelativeError), algorithm.Name);
                var stored = specification with { InputPrecision = algorithm.ProductPrecision, OutputPrecision = algorithm.ProductPrecision };
                if (stored != specification && algorithm.Supports(stored))
                {
                    actual = OperationRunner.Run(device, algorithm, stored, input, filter, bias);
                    Assert.That(RelativeError.L2(actual, expected), Is.LessThanOrEqualTo(algorithm.RelativeError), $"{algorithm.Name} from and to {algorithm.ProductPrecision}");
                }
            }
        });
    }

    /// <summary>References are the same on every device, and the large ones take seconds: each is computed once.</summary>
    private static class ExpectedConvolutions
    {
        private static readonly Dictionary<string, double[]> Known = [];

        public static double[] Get(ConvolutionCase @case, float[] input, float[] filter, float[] bias)
        {
            lock (Known)
            {
                if (!Known.TryGetValue(@case.Name, out var expected))
                {
                    var unpooled = @case.Specification with { Pooled = false };
                    expected = ReferenceOperations.Convolution(unpooled, Array.ConvertAll(input, v => (double)v), filter, bias);
                    if (@case.Specification.Pooled)
                    {
                        expected = ReferenceOperations.MaxPool(unpooled.Output, expected);
                    }

                    Known.Add(@case.Name, expected);
                }

                return expected;
            }
        }
    }
}
