using Gpu.Kernels.Operations;

namespace Gpu.Kernels.Tensors;

/// <summary>
/// Activations on a device, float32 unless told otherwise: a view of a <see cref="DeviceBuffer"/>. Its elements are addressed as NHWC; how they lie
/// in memory is the device family's own affair, so a tensor is only handed to operations of the device that made it.
/// </summary>
public abstract class Tensor
{
    /// <summary>Describes a view.</summary>
    /// <param name="shape">Logical shape.</param>
    /// <param name="halo">Zero pixels around each image that producers of this tensor maintain.</param>
    /// <param name="precision">How values are stored.</param>
    protected Tensor(Shape shape, int halo, ProductPrecision precision = ProductPrecision.Float32)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(halo);
        Shape = shape;
        Halo = halo;
        Precision = precision;
    }

    /// <summary>Logical shape, NHWC.</summary>
    public Shape Shape { get; }

    /// <summary>How values are stored.</summary>
    public ProductPrecision Precision { get; }

    /// <summary>
    /// Zero pixels around each image. <see cref="Upload"/> and every operation that writes the tensor also write the halo,
    /// because buffers are reused for tensors of other shapes. Families whose kernels check bounds keep none and report 0.
    /// </summary>
    public int Halo { get; }

    /// <summary>Copies a dense NHWC array to the device.</summary>
    /// <param name="source"><see cref="Tensors.Shape.Elements"/> values, NHWC.</param>
    /// <exception cref="ArgumentException">The length differs from the shape's.</exception>
    /// <exception cref="InvalidOperationException">The tensor is not stored as float32.</exception>
    public abstract void Upload(ReadOnlySpan<float> source);

    /// <summary>Waits for the device and copies the tensor to a dense NHWC array.</summary>
    /// <param name="destination"><see cref="Tensors.Shape.Elements"/> values, NHWC.</param>
    /// <exception cref="ArgumentException">The length differs from the shape's.</exception>
    /// <exception cref="InvalidOperationException">The tensor is not stored as float32.</exception>
    public abstract void Download(Span<float> destination);

    /// <summary>Refuses to copy an array whose length is not the shape's, or a tensor that is not stored as arrays are.</summary>
    protected void CheckLength(int length)
    {
        if (Precision != ProductPrecision.Float32)
        {
            throw new InvalidOperationException($"A tensor stored as {Precision} is not copied to or from the host.");
        }

        if (length != Shape.Elements)
        {
            throw new ArgumentException($"A tensor of shape {Shape} holds {Shape.Elements} values, not {length}.");
        }
    }
}
