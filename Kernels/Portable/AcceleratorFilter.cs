using Gpu.Kernels.Operations;
using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Kernels.Portable;

/// <summary>
/// A layer's weights in the order that the checkpoint has them, HWIO: the <c>[kernelHeight*kernelWidth*in, out]</c> matrix of an implicit GEMM.
/// </summary>
internal sealed class AcceleratorFilter(
    AcceleratorDevice device,
    string layout,
    FilterShape shape,
    MemoryBuffer1D<float, Stride1D.Dense> weights,
    MemoryBuffer1D<float, Stride1D.Dense> bias) : PreparedFilter(layout, shape)
{
    /// <summary>Name of the arrangement in float32.</summary>
    public const string LayoutName = "HWIO";

    public override long Bytes => weights.LengthInBytes + bias.LengthInBytes;

    /// <summary>The device that holds it.</summary>
    public AcceleratorDevice Device => device;

    /// <summary><see cref="FilterShape.Elements"/> values, HWIO; in other layouts more or fewer, as the algorithm arranges them.</summary>
    public ArrayView<float> Weights => weights.View;

    /// <summary>One value per output channel.</summary>
    public ArrayView<float> Bias => bias.View;

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            device.Memory.Free(weights);
            device.Memory.Free(bias);
        }
    }
}
