using Gpu.Engine.Networks;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Checkpoints;

namespace Gpu.Engine.Plans;

/// <summary>Compares what a network needs with what its device has, before anything is allocated, to say what would fit.</summary>
internal static class DeviceMemory
{
    private const double Megabyte = 1e6;

    /// <summary>Refuses parameters that do not fit.</summary>
    /// <exception cref="DeviceException">They do not.</exception>
    public static void CheckWeights(Device device, Checkpoint checkpoint, Shape input, Precision precision)
    {
        if (device.AvailableBytes() is not { } available)
        {
            return;
        }

        var network = NetworkDescription.Read(checkpoint, device, input, precision);
        if (network.ParameterBytes > available)
        {
            throw new DeviceException(
                $"The weights of {network.Network} take {Format(network.ParameterBytes)} on {device.Info.Id} ({device.Info.Name}), where {Format(available)} are free; "
                + "end what else uses it, or choose another device.");
        }
    }

    /// <summary>Refuses activations that do not fit, and says how many pictures would.</summary>
    /// <param name="device">The device, which holds the weights already.</param>
    /// <param name="input">The network's input.</param>
    /// <param name="bytes">Bytes of its activations: the same for each picture of the batch.</param>
    /// <exception cref="DeviceException">They do not.</exception>
    public static void CheckActivations(Device device, Shape input, long bytes)
    {
        if (device.AvailableBytes() is { } available && bytes > available)
        {
            var fitting = available / (bytes / input.Batch);
            var remedy = fitting > 0 ? $"a batch of {fitting} fits" : "end what else uses it, or choose another device";
            var what = input.Batch == 1 ? "A picture" : $"A batch of {input.Batch} pictures";
            throw new DeviceException(
                $"{what} of {input.Width}x{input.Height} takes {Format(bytes)} on {device.Info.Id} ({device.Info.Name}), where {Format(available)} are free beside the weights; {remedy}.");
        }
    }

    /// <summary>Bytes in a message.</summary>
    public static string Format(long bytes) => $"{Math.Max(0, bytes) / Megabyte:0} MB";
}
