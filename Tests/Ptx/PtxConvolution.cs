using Gpu.Cases;
using Gpu.Kernels.Cuda;
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

    /// <summary>Makes a convolution, unless told otherwise with padding that keeps the size.</summary>
    public PtxConvolution(int batch, int height, int width, int inputs, int outputs, bool relu, Padding padding = Padding.Same)
    {
        Specification = new ConvolutionSpecification(new Shape(batch, height, width, inputs), new FilterShape(3, 3, inputs, outputs), padding, relu);
        input = RandomArray.Uniform(Specification.Input.Elements, seed: 1);
        filter = RandomArray.Uniform(Specification.Filter.Elements, seed: 2);
        bias = RandomArray.Uniform(outputs, seed: 3);
    }

    /// <summary>PTX of the kernel with groups of 16x16 threads.</summary>
    public static string ImplicitGemm => KernelCompiler.Ptx(ImplicitGemmConvolution.Kernel);

    /// <summary>PTX of the kernel in float32 on CUDA cores.</summary>
    public static string CudaCores => KernelCompiler.Ptx(CudaCoreConvolution.Kernel);

    /// <summary>PTX of the kernel on tensor cores with tiles of 128 outputs.</summary>
    public static string WideTensorCores => KernelCompiler.Ptx(TensorCoreKernels.WideKernel);

    /// <summary>PTX of the kernel on tensor cores with tiles of 64 outputs.</summary>
    public static string NarrowTensorCores => KernelCompiler.Ptx(TensorCoreKernels.NarrowKernel);

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
        var grid = new Extent(Groups(positions, tile), Groups(Specification.Output.Channels, tile));
        PtxInterpreter.Run(module, new PtxLaunch(grid, new Extent(threadsPerSide * threadsPerSide)), Input, Filter, Bias, output, Geometry, positions);
        return output.Read<float>();
    }

    /// <summary>The result in float64 of inputs and weights that were rounded to float16.</summary>
    public double[] ExpectedOfHalves() =>
        ReferenceOperations.Convolution(Specification, Array.ConvertAll(input, v => (double)(Half)v), Array.ConvertAll(filter, v => (float)(Half)v), bias);

    /// <summary>Runs PTX of the kernel on CUDA cores.</summary>
    public float[] RunCudaCores(string module) =>
        Run(module, CudaCoreConvolution.Threads, CudaCoreConvolution.TilePositions, CudaCoreConvolution.TileOutputs, Input, Filter);

    /// <summary>Runs PTX of a kernel on tensor cores on inputs and weights in float16.</summary>
    public float[] RunTensorCores(string module, int tileOutputs) => Run(
        module, TensorCoreKernels.Threads, TensorCoreKernels.TilePositions, tileOutputs,
        PtxBuffer.Of<Half>("input", Array.ConvertAll(input, v => (Half)v)), PtxBuffer.Of<Half>("filter", Array.ConvertAll(filter, v => (Half)v)));

    private static int Groups(int elements, int tile) => (elements + tile - 1) / tile;

    private float[] Run(string module, int threads, int tilePositions, int tileOutputs, PtxBuffer source, PtxBuffer weights)
    {
        var positions = (int)Specification.Output.Positions;
        var output = PtxBuffer.Uninitialised<float>("output", (int)Specification.Output.Elements);
        var grid = new Extent(Groups(positions, tilePositions), Groups(Specification.Output.Channels, tileOutputs));
        PtxInterpreter.Run(module, new PtxLaunch(grid, new Extent(threads)), source, weights, Bias, output, Geometry, positions);
        return output.Read<float>();
    }
}
