using Gpu.Kernels.Operations;
using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Kernels.Portable;

/// <summary>A layer's weights as the checkpoint has them, HWIO: the <c>[kernelHeight*kernelWidth*in, out]</c> matrix of an implicit GEMM.</summary>
internal sealed class AcceleratorFilter(
    AcceleratorDevice device,
    FilterShape shape,
    MemoryBuffer1D<float, Stride1D.Dense> weights,
    MemoryBuffer1D<float, Stride1D.Dense> bias) : PreparedFilter(LayoutName, shape)
{
    /// <summary>Name of the arrangement.</summary>
    public const string LayoutName = "HWIO";

    public override long Bytes => weights.LengthInBytes + bias.LengthInBytes;

    /// <summary>The device that holds it.</summary>
    public AcceleratorDevice Device => device;

    /// <summary><see cref="FilterShape.Elements"/> values, HWIO.</summary>
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
