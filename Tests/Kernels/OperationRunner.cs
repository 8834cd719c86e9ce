using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Tests.Kernels;

/// <summary>Runs one operation from host array to host array.</summary>
internal static class OperationRunner
{
    /// <summary>Uploads, runs and downloads. The output buffer is filled with not-a-number first, so that what is not written shows.</summary>
    public static float[] Run(Device device, Operation operation, float[] input, int outputHalo = 0)
    {
        using var inputBuffer = device.Allocate(device.StorageBytes(operation.Input, operation.InputHalo));
        using var outputBuffer = device.Allocate(device.StorageBytes(operation.Output, outputHalo));
        var source = device.View(inputBuffer, operation.Input, operation.InputHalo);
        var destination = device.View(outputBuffer, operation.Output, outputHalo);
        var result = new float[operation.Output.Elements];
        Array.Fill(result, float.NaN);
        destination.Upload(result);
        source.Upload(input);
        operation.Run(source, destination);
        device.Synchronize();
        destination.Download(result);
        return result;
    }

    /// <summary>Prepares a filter, creates the operation and runs it.</summary>
    public static float[] Run(
        Device device, ConvolutionAlgorithm algorithm, ConvolutionSpecification specification, float[] input, float[] filter, float[] bias)
    {
        using var prepared = algorithm.Prepare(new ArrayFilterSource(specification.Filter, filter, bias));
        using var operation = algorithm.Create(specification, prepared);
        return Run(device, operation, input);
    }

    /// <summary>Uploads a tensor to a new buffer.</summary>
    public static (DeviceBuffer Buffer, Tensor Tensor) Upload(Device device, Shape shape, float[] values)
    {
        var buffer = device.Allocate(device.StorageBytes(shape, 0));
        var tensor = device.View(buffer, shape, 0);
        tensor.Upload(values);
        return (buffer, tensor);
    }
}
