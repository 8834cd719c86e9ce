using Gpu.Cases;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using Gpu.Kernels.Tensors;
using Gpu.Tests.Reference;

namespace Gpu.Tests.Ptx;

/// <summary>A random 3x3 convolution with its buffers as kernels take them.</summary>
internal sealed class PtxConvolution
{
    private readonly float[] input;
    private readonly float[] filter;
    private readonly float[] bias;

    /// <summary>Makes a convolution with padding that keeps the size.</summary>
    public PtxConvolution(int batch, int height, int width, int inputs, int outputs, bool relu)
    {
        Specification = new ConvolutionSpecification(new Shape(batch, height, width, inputs), new FilterShape(3, 3, inputs, outputs), Padding.Same, relu);
        input = RandomArray.Uniform(Specification.Input.Elements, seed: 1);
        filter = RandomArray.Uniform(Specification.Filter.Elements, seed: 2);
        bias = RandomArray.Uniform(outputs, seed: 3);
    }

    /// <summary>PTX of the kernel with groups of 16x16 threads.</summary>
    public static string ImplicitGemm => KernelCompiler.Ptx(ImplicitGemmConvolution.Kernel);

    /// <summary>What is computed.</summary>
    public ConvolutionSpecification Specification { get; }

    /// <summary>Its numbers, as the portable kernels take them.</summary>
    public ConvolutionGeometry Geometry => ConvolutionGeometry.Of(Specification);

    /// <summary>NHWC.</summary>
    public PtxBuffer Input => PtxBuffer.Of<float>("input", input);

    /// <summary>HWIO.</summary>
    public PtxBuffer Filter => PtxBuffer.Of<float>("filter", filter);

    /// <summary>One value per output channel.</summary>
    public PtxBuffer Bias => PtxBuffer.Of<float>("bias", bias);

    /// <summary>The result in float64.</summary>
    public double[] Expected() => ReferenceOperations.Convolution(Specification, Array.ConvertAll(input, v => (double)v), filter, bias);

    /// <summary>Runs PTX of the implicit GEMM.</summary>
    public float[] RunImplicitGemm(string module, int threadsPerSide = 16)
    {
        var (positions, tile) = ((int)Specification.Output.Positions, threadsPerSide * RegisterTile.Side);
        var output = PtxBuffer.Uninitialised<float>("output", (int)Specification.Output.Elements);
        var grid = new Extent((positions + tile - 1) / tile, (Specification.Output.Channels + tile - 1) / tile);
        PtxInterpreter.Run(module, new PtxLaunch(grid, new Extent(threadsPerSide * threadsPerSide)), Input, Filter, Bias, output, Geometry, positions);
        return output.Read<float>();
    }
}
