using Gpu.Kernels.Devices;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;

namespace Gpu.Tests.Kernels;

/// <summary>Runs one operation from host array to host array.</summary>
internal static class OperationRunner
{
    /// <summary>Uploads, runs and downloads, rounding the input as the operation wants it stored. The output buffer is filled with not-a-number first, so that what is not written shows.</summary>
    public static float[] Run(Device device, Operation operation, float[] input, int outputHalo = 0)
    {
        using var inputBuffer = device.Allocate(device.StorageBytes(operation.Input, operation.InputHalo, operation.InputPrecision));
        using var outputBuffer = device.Allocate(device.StorageBytes(operation.Output, outputHalo, operation.OutputPrecision));
        var source = device.View(inputBuffer, operation.Input, operation.InputHalo, operation.InputPrecision);
        var destination = device.View(outputBuffer, operation.Output, outputHalo, operation.OutputPrecision);
        var values = new float[operation.Output.Elements];
        Array.Fill(values, float.NaN);
        var result = StoredActivations.Encode(values, operation.OutputPrecision);
        Memory(device, outputBuffer, destination, result.Length).Upload(result);
        var stored = StoredActivations.Encode(input, operation.InputPrecision);
        Memory(device, inputBuffer, source, stored.Length).Upload(stored);
        operation.Run(source, destination);
        device.Synchronize();
        Memory(device, outputBuffer, destination, result.Length).Download(result);
        return StoredActivations.Decode(result, operation.OutputPrecision);
    }

    /// <summary>A tensor, or, where it is stored otherwise, its memory as one of float32.</summary>
    private static Tensor Memory(Device device, DeviceBuffer buffer, Tensor tensor, int length) =>
        tensor.Precision == ProductPrecision.Float32 ? tensor : device.View(buffer, new Shape(1, 1, 1, length), halo: 0);

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
