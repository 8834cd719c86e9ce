using Gpu.Cases;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using Gpu.Tests.Kernels.Devices;
using Gpu.Tests.Reference;
using NUnit.Framework;

namespace Gpu.Tests.Kernels.Portable;

/// <summary>The rungs of samples/kernel-ladder against float64, on tiny shapes.</summary>
internal sealed class KernelLadderTests
{
    private static readonly string[] Rungs =
        ["ladder-1-naive", "ladder-2-coalesced", "ladder-3-shared-tile", "ladder-4-register-tile", "ladder-5-vector-tile"];

    /// <summary>Beside those of all algorithms such as have channels in fours, of more than one tile.</summary>
    private static readonly ConvolutionCase[] Cases =
    [
        .. ConvolutionCase.Tiny,
        new("fours-same", new ConvolutionSpecification(new Shape(2, 5, 3, 8), new FilterShape(3, 3, 8, 20), Padding.Same, Relu: true)),
        new("fours-valid", new ConvolutionSpecification(new Shape(1, 6, 4, 4), new FilterShape(3, 3, 4, 4), Padding.Valid, Relu: false)),
    ];

    private Device device = null!;

    [OneTimeSetUp]
    public void Open() => device = DeviceCatalog.Open("simulator", new DeviceOptions { AlgorithmProviders = KernelLibrary.Load(KernelLibraryTests.Ladder) });

    [OneTimeTearDown]
    public void Close() => device.Dispose();

    [TestCaseSource(nameof(Rungs))]
    public void A_rung_matches_float64(string rung)
    {
        var algorithm = device.AddedAlgorithms.Single(a => a.Name == rung);
        using var scope = device.Enter();
        var cases = Cases.Where(c => algorithm.Supports(c.Specification)).ToList();
        Assert.That(cases, Has.Count.GreaterThanOrEqualTo(2));
        Assert.Multiple(() =>
        {
            foreach (var (name, specification) in cases)
            {
                var input = RandomArray.Uniform(specification.Input.Elements, seed: 1);
                var filter = RandomArray.Uniform(specification.Filter.Elements, seed: 2, scale: MathF.Sqrt(6f / specification.Filter.Depth));
                var bias = RandomArray.Uniform(specification.Filter.OutputChannels, seed: 3, scale: 0.1f);
                var expected = ReferenceOperations.Convolution(specification, Array.ConvertAll(input, v => (double)v), filter, bias);
                Assert.That(
                    RelativeError.L2(OperationRunner.Run(device, algorithm, specification, input, filter, bias), expected), Is.LessThanOrEqualTo(1e-6), name);
            }
        });
    }
}
