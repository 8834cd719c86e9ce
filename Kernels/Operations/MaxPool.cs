using Gpu.Kernels.Tensors;

namespace Gpu.Kernels.Operations;

/// <summary>
/// The 2x2 max pool of VGG: stride 2, VALID, so an odd last row or column is dropped:
/// <c>out[n,y,x,c] = max(in[n,2y..2y+1,2x..2x+1,c])</c>.
/// </summary>
public static class MaxPool
{
    /// <summary>Window side and stride, in pixels.</summary>
    public const int Size = 2;

    /// <summary>Output shape.</summary>
    /// <exception cref="ArgumentException">The input is smaller than one window.</exception>
    public static Shape Output(Shape input) => input.Height >= Size && input.Width >= Size
        ? input with { Height = input.Height / Size, Width = input.Width / Size }
        : throw new ArgumentException($"Input {input} is smaller than one {Size}x{Size} pooling window.");

    /// <summary>Comparisons (three a window) and bytes moved once.</summary>
    public static OperationCost Cost(Shape input) => new(
        (Size * Size - 1) * Output(input).Elements,
        sizeof(float) * (input.Elements + Output(input).Elements));
}
