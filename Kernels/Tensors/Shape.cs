namespace Gpu.Kernels.Tensors;

/// <summary>The logical shape of an activation tensor in NHWC order.</summary>
/// <param name="Batch">Images (N).</param>
/// <param name="Height">Rows (H).</param>
/// <param name="Width">Columns (W).</param>
/// <param name="Channels">Channels or classes (C).</param>
public readonly record struct Shape(int Batch, int Height, int Width, int Channels)
{
    /// <summary>Elements of the tensor: N * H * W * C.</summary>
    /// <exception cref="OverflowException">The product exceeds 64 bits.</exception>
    public long Elements => checked((long)Batch * Height * Width * Channels);

    /// <summary>Positions that carry a vector of channels: N * H * W.</summary>
    /// <exception cref="OverflowException">The product exceeds 64 bits.</exception>
    public long Positions => checked((long)Batch * Height * Width);

    /// <summary>The shape as <c>NxHxWxC</c>.</summary>
    public override string ToString() => $"{Batch}x{Height}x{Width}x{Channels}";
}
