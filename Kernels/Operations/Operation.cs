using Gpu.Kernels.Tensors;

namespace Gpu.Kernels.Operations;

/// <summary>
/// One prepared step of a network on one device: input and output shapes are fixed, scratch memory is allocated. It is run
/// many times, by one run at a time; runs on a GPU are queued and finish by <see cref="Devices.Device.Synchronize"/>.
/// </summary>
public abstract class Operation : IDisposable
{
    /// <summary>Fixes what the operation reads, writes and costs.</summary>
    protected Operation(Shape input, Shape output, OperationCost cost)
    {
        Input = input;
        Output = output;
        Cost = cost;
    }

    /// <summary>The algorithm's name, as it stands in the registry, tables and profiles.</summary>
    public abstract string Algorithm { get; }

    /// <summary>Shape read.</summary>
    public Shape Input { get; }

    /// <summary>Shape written.</summary>
    public Shape Output { get; }

    /// <summary>Flops and bytes.</summary>
    public OperationCost Cost { get; }

    /// <summary>How the input is stored.</summary>
    public virtual ProductPrecision InputPrecision => ProductPrecision.Float32;

    /// <summary>How the output is stored.</summary>
    public virtual ProductPrecision OutputPrecision => ProductPrecision.Float32;

    /// <summary>Zero pixels around each image that <see cref="Run"/> needs in its input (<see cref="Tensor.Halo"/>).</summary>
    public virtual int InputHalo => 0;

    /// <summary>Memory in bytes that a run works in, beside parameters and activations, as far as it grows with the input; operations may share it.</summary>
    public virtual long WorkingBytes => 0;

    /// <summary>Queues or does the work. <paramref name="input"/> and <paramref name="output"/> do not overlap.</summary>
    /// <exception cref="ArgumentException">A tensor has another shape or precision, too small a halo, or belongs to another device family.</exception>
    public abstract void Run(Tensor input, Tensor output);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases scratch memory. The prepared filter is not the operation's to release.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>Hands a tensor on as the device family's own type after checking its shape, halo and precision.</summary>
    /// <exception cref="ArgumentException">The tensor does not fit.</exception>
    protected internal static T Require<T>(Tensor tensor, Shape shape, int halo = 0, ProductPrecision precision = ProductPrecision.Float32)
        where T : Tensor
    {
        if (tensor is not T own)
        {
            throw new ArgumentException($"Expected a {typeof(T).Name}, found a {tensor.GetType().Name} of another device family.");
        }

        if (own.Shape != shape)
        {
            throw new ArgumentException($"Expected a tensor of shape {shape}, found {own.Shape}.");
        }

        if (own.Precision != precision)
        {
            throw new ArgumentException($"Expected a tensor stored as {precision}, found {own.Precision}.");
        }

        if (own.Halo < halo)
        {
            throw new ArgumentException($"Expected a halo of {halo} pixels, found {own.Halo}.");
        }

        return own;
    }
}
