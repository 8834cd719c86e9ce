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

    /// <summary>Says that activations do not fit, and how many pictures' would.</summary>
    /// <param name="device">The device, which holds the weights already.</param>
    /// <param name="input">The network's input.</param>
    /// <param name="bytes">Bytes of its activations, the same for each picture of the batch; null where its operations have no room already.</param>
    /// <param name="available">Bytes that were free beside what its operations allocated, and have given back by now.</param>
    /// <param name="fits">Whether a batch fits with all that its operations allocate, which the activations alone do not tell.</param>
    public static DeviceException TooLarge(Device device, Shape input, long? bytes, long available, Func<int, bool> fits)
    {
        var most = (int)Math.Min((device.AvailableBytes() ?? 0) / ((bytes / input.Batch) ?? 1), input.Batch - 1);
        var fitting = 0;
        while (fitting < most)
        {
            var middle = (fitting + most + 1) / 2;
            (fitting, most) = fits(middle) ? (middle, most) : (fitting, middle - 1);
        }

        var remedy = fitting > 0 ? $"a batch of {fitting} fits" : "end what else uses it, or choose another device";
        var what = input.Batch == 1 ? "A picture" : $"A batch of {input.Batch} pictures";
        return new DeviceException(
            $"{what} of {input.Width}x{input.Height} {(bytes is { } taken ? $"takes {Format(taken)}" : "does not fit")} on {device.Info.Id} ({device.Info.Name}), where {Format(available)} are free beside the weights; {remedy}.");
    }

    /// <summary>Bytes in a message.</summary>
    public static string Format(long bytes) => $"{Math.Max(0, bytes) / Megabyte:0} MB";
}
