using Gpu.Cases;
using Gpu.Engine;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Networks;
using Gpu.Tests.Kernels;
using Gpu.Tests.Reference;
using NUnit.Framework;

namespace Gpu.Tests.Engine;

/// <summary>VGG-16 at full size, 553 MB of random weights, written, loaded and run at 224x224 on every device that is fit for it.</summary>
[Category("full-size")]
internal sealed class FullSizeTests
{
    private const double Tolerance = 1e-5;
    private const double SplitTolerance = 5e-5;

    private static readonly Shape Input = new(1, 224, 224, 3);

    private string file = null!;
    private Checkpoint checkpoint = null!;
    private float[] values = null!;
    private double[] expected = null!;

    [OneTimeSetUp]
    public void Synthesize()
    {
        file = Path.Combine(TestFiles.OutputFolder(), "vgg_16.ckpt");
        SyntheticNetwork.Write(file, Gpu.Loader.Checkpoints.CheckpointFormat.TensorFlowV1, VggArchitecture.Vgg16, widthDivisor: 1, VggArchitecture.ImageNetClasses, seed: 3);
        checkpoint = Checkpoint.Open(file);
        values = RandomArray.Uniform(Input.Elements, seed: 4, scale: 120f);
        expected = ReferenceNetwork.Logits(checkpoint, VggArchitecture.Vgg16.Scope, Input, values, Padding.Valid);
    }

    [OneTimeTearDown]
    public void Delete()
    {
        checkpoint?.Dispose();
        File.Delete(file);
    }

    [Test]
    public void The_checkpoint_has_the_published_size() =>
        Assert.That(checkpoint.Tensors.Where(t => t.Name.EndsWith("weights", StringComparison.Ordinal) || t.Name.EndsWith("biases", StringComparison.Ordinal)).Sum(t => t.Bytes),
            Is.EqualTo(553_430_176));

    [TestCase("cpu-avx512", Precision.Float32, Tolerance)]
    [TestCase("cpu-avx512", Precision.BFloat16x3, SplitTolerance)]
    [TestCase("cpu-avx512", Precision.Int20Weights, Tolerance)]
    [TestCase("cpu-avx2", Precision.Float32, Tolerance)]
    [TestCase("cpu-avx2", Precision.Int20Weights, Tolerance)]
    [TestCase("opencl:0", Precision.Float32, Tolerance, Category = "opencl")]
    [TestCase("cuda:0", Precision.Float32, Tolerance, Category = "cuda")]
    public void Logits_match_float64(string deviceId, Precision precision, double tolerance)
    {
        TestDevices.RequirePrecision(precision);
        var device = TestDevices.Open(deviceId);
        using var model = VggModel.Load(checkpoint, device, new VggOptions { Precision = precision });
        var logits = model.Logits(Input, values, Padding.Valid);
        Assert.Multiple(() =>
        {
            Assert.That(RelativeError.L2(logits, expected), Is.LessThanOrEqualTo(tolerance));
            Assert.That(Array.IndexOf(logits, logits.Max()), Is.EqualTo(Array.IndexOf(expected, expected.Max())));
        });
    }

    [Test]
    [Category("opencl")]
    public void The_cpu_and_opencl_agree()
    {
        var opencl = Run(TestDevices.Open("opencl:0"));
        using var cpu = DeviceCatalog.Open("cpu");
        Assert.That(RelativeError.L2(opencl, Array.ConvertAll(Run(cpu), v => (double)v)), Is.LessThanOrEqualTo(Tolerance));
    }

    private float[] Run(Device device)
    {
        using var model = VggModel.Load(checkpoint, device);
        return model.Logits(Input, values, Padding.Valid);
    }
}
