using Gpu.Cases;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using Gpu.Tests.Reference;
using NUnit.Framework;

namespace Gpu.Tests.Kernels;

[TestFixtureSource(typeof(TestDevices), nameof(TestDevices.All))]
internal sealed class MaxPoolTests(string deviceId)
{
    private static readonly Shape[] Inputs =
    [
        new(1, 2, 2, 1), new(1, 5, 7, 3), new(2, 4, 3, 17), new(1, 3, 2, 33),
    ];

    private static readonly Shape[] LargeInputs = [new(2, 112, 56, 64), new(1, 31, 29, 512)];

    [TestCaseSource(nameof(Inputs))]
    public void Equals_float64(Shape input) => Check(input);

    [TestCaseSource(nameof(LargeInputs))]
    public void Equals_float64_on_large_maps(Shape input)
    {
        if (TestDevices.IsSlow(TestDevices.Open(deviceId)))
        {
            Assert.Ignore("The simulator runs tiny shapes only.");
        }

        Check(input);
    }

    [Test]
    public void Refuses_an_input_smaller_than_a_window()
    {
        var device = TestDevices.Open(deviceId);
        using var scope = device.Enter();
        Assert.That(() => device.CreateMaxPool(new Shape(1, 1, 4, 3)), Throws.ArgumentException);
    }

    private void Check(Shape input)
    {
        var device = TestDevices.Open(deviceId);
        using var scope = device.Enter();
        using var pool = device.CreateMaxPool(input);
        var values = RandomArray.Uniform(input.Elements, seed: 4);
        var expected = ReferenceOperations.MaxPool(input, Array.ConvertAll(values, v => (double)v));
        Assert.That(Array.ConvertAll(OperationRunner.Run(device, pool, values), v => (double)v), Is.EqualTo(expected));
    }
}
