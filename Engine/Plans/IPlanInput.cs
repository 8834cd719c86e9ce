using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Engine.Plans;

/// <summary>What a plan runs on.</summary>
internal interface IPlanInput
{
    /// <summary>Brings it to the device. When this returns its memory may change.</summary>
    /// <exception cref="ArgumentException">It does not fit the tensor.</exception>
    /// <exception cref="DeviceException">The device failed.</exception>
    void Write(Device device, Tensor input);
}

/// <summary>An input that is made already.</summary>
/// <param name="values">NHWC.</param>
internal readonly ref struct ValuesInput(ReadOnlySpan<float> values) : IPlanInput
{
    private readonly ReadOnlySpan<float> values = values;

    public void Write(Device device, Tensor input) => input.Upload(values);
}

/// <summary>An input that the device makes of pixels.</summary>
/// <param name="pixels">The pixels.</param>
/// <param name="scaling">Means and factors.</param>
internal sealed class PixelsInput(SampledPixels pixels, ChannelScaling scaling) : IPlanInput
{
    public void Write(Device device, Tensor input) => device.PixelSampling!.Run(pixels, scaling, input);
}
