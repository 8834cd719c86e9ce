using Gpu.Cases;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using ILGPU;
using ILGPU.Runtime;
using NUnit.Framework;

namespace Gpu.Tests.Kernels.Portable;

/// <summary>How filters get to an accelerator's memory, whatever order they are stored in. Shown on the simulator.</summary>
internal sealed class FilterUploadTests
{
    [Test]
    public void A_filter_in_another_order_is_uploaded_in_several_blocks_of_inputs()
    {
        // More than one block, and the last one narrower.
        var shape = new FilterShape(3, 3, 701, 703);
        var values = RandomArray.Uniform(shape.Elements, seed: 1);
        var biases = RandomArray.Uniform(shape.OutputChannels, seed: 2);
        var source = new BlockwiseSource(new ArrayFilterSource(shape, values, biases));
        using var device = (AcceleratorDevice)DeviceCatalog.Open("simulator");
        using var scope = device.Enter();
        using var filter = (AcceleratorFilter)device.ConvolutionAlgorithms[0].Prepare(source);
        Assert.That(source.Blocks, Is.GreaterThan(1));
        Assert.That(Download(filter.Weights), Is.EqualTo(values));
        Assert.That(Download(filter.Bias), Is.EqualTo(biases));
    }

    private static float[] Download(ArrayView<float> view)
    {
        var values = new float[view.Length];
        view.CopyToCPU(values);
        return values;
    }
}
