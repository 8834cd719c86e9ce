using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Kernels.Portable;

/// <summary>An operation that consists of kernel launches over its input, its output and scratch memory that all operations share.</summary>
/// <param name="device">The device that runs it.</param>
/// <param name="algorithm">Name of the algorithm.</param>
/// <param name="input">Shape read.</param>
/// <param name="output">Shape written.</param>
/// <param name="cost">Flops and bytes.</param>
/// <param name="launch">Queues the kernels, given input, output and scratch memory.</param>
/// <param name="scratch">Values of scratch memory.</param>
/// <param name="precisions">How input and output are stored.</param>
internal sealed class AcceleratorOperation(
    AcceleratorDevice device,
    string algorithm,
    Shape input,
    Shape output,
    OperationCost cost,
    Action<ArrayView<float>, ArrayView<float>, ArrayView<float>> launch,
    long scratch = 0,
    (ProductPrecision Input, ProductPrecision Output) precisions = default) : Operation(input, output, cost)
{
    private readonly string work = $"run {algorithm} on {input}";

    private readonly IDisposable? need = scratch > 0 ? device.Scratch.Reserve(scratch) : null;

    public override string Algorithm => algorithm;

    public override ProductPrecision InputPrecision => precisions.Input;

    public override ProductPrecision OutputPrecision => precisions.Output;

    public override void Run(Tensor input, Tensor output)
    {
        var source = Values(device, input, Input, InputPrecision);
        var destination = Values(device, output, Output, OutputPrecision);
        var meanwhile = scratch > 0 ? device.Scratch.View(scratch) : default;
        device.Guard(work, () => launch(source, destination, meanwhile));
    }

    /// <summary>The elements of a tensor, after checking that it is this device's, of the right shape and stored so.</summary>
    /// <exception cref="ArgumentException">It is not.</exception>
    public static ArrayView<float> Values(AcceleratorDevice device, Tensor tensor, Shape shape, ProductPrecision precision = ProductPrecision.Float32)
    {
        var own = Require<AcceleratorTensor>(tensor, shape, halo: 0, precision);
        return own.Device == device ? own.Values : throw new ArgumentException($"The tensor is one of {own.Device.Info.Id}, not of {device.Info.Id}.", nameof(tensor));
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            need?.Dispose();
        }

        base.Dispose(disposing);
    }
}
