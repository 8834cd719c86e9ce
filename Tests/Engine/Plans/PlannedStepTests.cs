using Gpu.Engine;
using Gpu.Engine.Networks;
using Gpu.Engine.Plans;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Networks;
using NUnit.Framework;

namespace Gpu.Tests.Engine.Plans;

/// <summary>How activations are stored between the layers of a plan, on a device that has names of algorithms only.</summary>
internal sealed class PlannedStepTests
{
    private static readonly Shape Input = new(2, 224, 224, 3);

    [Test]
    public void Layers_write_what_the_next_multiplies()
    {
        var steps = Plan(Precision.Float16, new Named("tensor-cores", ProductPrecision.Float16, vector: 8, fuses: true), new Named("any", ProductPrecision.Float32, vector: 1, fuses: false));
        var convolutions = steps.Select(s => s.Convolution!.Value).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(convolutions.Select(c => c.Algorithm.Name), Is.EqualTo((string[])["any", .. Enumerable.Repeat("tensor-cores", 15)]));
            Assert.That(
                convolutions.Select(c => c.Specification.InputPrecision),
                Is.EqualTo((ProductPrecision[])[ProductPrecision.Float32, ProductPrecision.Float32, .. Enumerable.Repeat(ProductPrecision.Float16, 14)]));
            Assert.That(
                convolutions.Select(c => c.Specification.OutputPrecision),
                Is.EqualTo((ProductPrecision[])[ProductPrecision.Float32, .. Enumerable.Repeat(ProductPrecision.Float16, 14), ProductPrecision.Float32]));
        });
    }

    [Test]
    public void A_pool_by_itself_and_an_algorithm_that_does_not_round_take_float32()
    {
        var steps = Plan(Precision.Float16, new Named("tensor-cores", ProductPrecision.Float16, vector: 8, fuses: false), new Named("any", ProductPrecision.Float32, vector: 1, fuses: false));
        Assert.Multiple(() =>
        {
            foreach (var (step, next) in steps.Zip(steps.Skip(1)))
            {
                var isJoined = step.Convolution?.Algorithm.Name == "tensor-cores" && next.Convolution?.Algorithm.Name == "tensor-cores";
                var expected = isJoined ? ProductPrecision.Float16 : ProductPrecision.Float32;
                Assert.That(step.Convolution?.Specification.OutputPrecision ?? ProductPrecision.Float32, Is.EqualTo(expected), step.Name);
                Assert.That(next.Convolution?.Specification.InputPrecision ?? ProductPrecision.Float32, Is.EqualTo(expected), next.Name);
            }
        });
    }

    [Test]
    public void Added_algorithms_compute_only_what_they_are_asked_for()
    {
        using var checkpoint = SyntheticNetwork.InMemory(VggArchitecture.Vgg16, widthDivisor: 8, classes: 8, seed: 1);
        using var device = DeviceCatalog.Open("simulator", new DeviceOptions { AlgorithmProviders = [new Added()] });
        var options = new VggOptions { Algorithms = new Dictionary<string, string> { ["conv3_2"] = "added" } };
        var steps = PlannedStep.For(VggNetwork.Match(checkpoint), new AlgorithmChoice(device, options), Input, Padding.Valid);
        Assert.That(steps.Where(s => s.Convolution?.Algorithm.Name == "added").Select(s => s.Name), Is.EqualTo((string[])["conv3/conv3_2"]));
    }

    private static List<PlannedStep> Plan(Precision precision, params ConvolutionAlgorithm[] algorithms)
    {
        using var checkpoint = SyntheticNetwork.InMemory(VggArchitecture.Vgg16, widthDivisor: 8, classes: 8, seed: 1);
        using var device = new NamedDevice(algorithms);
        return PlannedStep.For(VggNetwork.Match(checkpoint), new AlgorithmChoice(device, new VggOptions { Precision = precision }), Input, Padding.Valid);
    }

    /// <summary>An algorithm that only says what it supports.</summary>
    private sealed class Named(string name, ProductPrecision precision, int vector, bool fuses) : ConvolutionAlgorithm
    {
        public override string Name => name;

        public override string FilterLayout => name;

        public override ProductPrecision ProductPrecision => precision;

        public override bool FusesMaxPool => fuses;

        public override PreparedFilter Prepare(FilterSource source) => throw new NotSupportedException();

        public override Operation Create(ConvolutionSpecification specification, PreparedFilter filter) => throw new NotSupportedException();

        protected override bool SupportsConvolution(ConvolutionSpecification specification) => specification.Input.Channels % vector == 0;

        protected override bool SupportsPrecisions(ConvolutionSpecification specification) =>
            IsStored(specification.InputPrecision) && IsStored(specification.OutputPrecision);

        private bool IsStored(ProductPrecision stored) => stored == ProductPrecision.Float32 || stored == precision;
    }

    /// <summary>Adds an algorithm that would be preferred, were it the device's own.</summary>
    private sealed class Added : IAlgorithmProvider
    {
        public IEnumerable<ConvolutionAlgorithm> Create(Device device) => [new Named("added", ProductPrecision.Float32, vector: 1, fuses: false)];
    }

    /// <summary>A device of which only the list of algorithms is asked for.</summary>
    private sealed class NamedDevice : Device
    {
        public NamedDevice(IReadOnlyList<ConvolutionAlgorithm> algorithms) => ConvolutionAlgorithms = algorithms;

        public override DeviceInfo Info => new("named", DeviceKind.Simulator, "named", 0, "");

        public override IDisposable Enter() => throw new NotSupportedException();

        public override void Synchronize() => throw new NotSupportedException();

        public override long StorageBytes(Shape shape, int halo, ProductPrecision precision = ProductPrecision.Float32) => throw new NotSupportedException();

        public override DeviceBuffer Allocate(long bytes) => throw new NotSupportedException();

        public override Tensor View(DeviceBuffer buffer, Shape shape, int halo, ProductPrecision precision = ProductPrecision.Float32) => throw new NotSupportedException();

        public override DeviceRoofs MeasureRoofs(CancellationToken cancellationToken) => throw new NotSupportedException();

        public override Operation CreateMaxPool(Shape input) => throw new NotSupportedException();

        public override Operation CreateSoftmax(Shape logits) => throw new NotSupportedException();

        public override ClassRanking CreateTopK(Shape logits, int count) => throw new NotSupportedException();

        public override ClassRanking CreateArgMax(Shape logits) => throw new NotSupportedException();

        public override UpsampledArgMax CreateUpsampledArgMax(Shape logits, UpsamplingGrid grid) => throw new NotSupportedException();
    }
}
