using Gpu.Cases;
using Gpu.Kernels.Cuda;
using Gpu.Kernels.Inspection;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using Gpu.Kernels.Tensors;
using Gpu.Tests.Reference;
using ILGPU;
using ILGPU.Runtime;

namespace Gpu.Tests.Ptx;

/// <summary>A random convolution with its buffers as kernels take them.</summary>
internal sealed class PtxConvolution
{
    private readonly float[] input;
    private readonly float[] filter;
    private readonly float[] bias;

    /// <summary>Makes a convolution, unless told otherwise of 3x3 with padding that keeps the size.</summary>
    public PtxConvolution(int batch, int height, int width, int inputs, int outputs, bool relu, Padding padding = Padding.Same, bool pooled = false, int side = 3)
    {
        Specification = new ConvolutionSpecification(new Shape(batch, height, width, inputs), new FilterShape(side, side, inputs, outputs), padding, relu, pooled);
        input = RandomArray.Uniform(Specification.Input.Elements, seed: 1);
        filter = RandomArray.Uniform(Specification.Filter.Elements, seed: 2);
        bias = RandomArray.Uniform(outputs, seed: 3);
    }

    /// <summary>PTX of the kernel with groups of 16x16 threads.</summary>
    public static string ImplicitGemm => KernelCompiler.Ptx(ImplicitGemmConvolution.Kernel);

    /// <summary>PTX of the kernel in float32 on CUDA cores.</summary>
    public static string CudaCores => KernelCompiler.Ptx(CudaCoreConvolution.Kernel);

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
    public double[] Expected() => ExpectedOf(v => v);

    /// <summary>Runs PTX of the implicit GEMM.</summary>
    public float[] RunImplicitGemm(string module, int threadsPerSide = 16)
    {
        var (positions, tile) = ((int)Specification.Output.Positions, threadsPerSide * RegisterTile.Side);
        var output = PtxBuffer.Uninitialised<float>("output", (int)Specification.Output.Elements);
        var grid = new Extent(Groups(positions, tile), Groups(Specification.Output.Channels, tile));
        PtxInterpreter.Run(module, new PtxLaunch(grid, new Extent(threadsPerSide * threadsPerSide)), Input, Filter, Bias, output, Geometry, positions);
        return output.Read<float>();
    }

    /// <summary>The result in float64 of inputs and weights that were rounded.</summary>
    public double[] ExpectedOf(Func<float, float> round)
    {
        var unpooled = Specification with { Pooled = false };
        var result = ReferenceOperations.Convolution(unpooled, Array.ConvertAll(input, v => (double)round(v)), Array.ConvertAll(filter, v => round(v)), bias);
        return Specification.Pooled ? ReferenceOperations.MaxPool(unpooled.Output, result) : result;
    }

    /// <summary>Runs PTX of the kernel on CUDA cores, its depth split into so many slices.</summary>
    public float[] RunCudaCores(string module, int slices = 1) => Run(module, CudaCoreConvolution.Tile, slices, Input, Filter);

    /// <summary>Runs PTX of a kernel on tensor cores on inputs and weights that the kernel of its factors rounds, its depth split into so many slices.</summary>
    public float[] RunTensorCores(TensorCoreFactors factors, TensorCoreTileKernel kernel, int slices = 1) =>
        RunTensorCores(factors, kernel.Shape, KernelCompiler.Ptx(kernel.Kernel), KernelCompiler.Ptx(factors.Round), slices);

    /// <summary>Runs PTX of a kernel on tensor cores and of the kernel that rounds its factors.</summary>
    public float[] RunTensorCores(TensorCoreFactors factors, TileShape tile, string module, string rounding, int slices = 1) =>
        Run(module, tile, slices, Round(factors, rounding, input), Round(factors, rounding, filter));

    /// <summary>Runs PTX of a kernel on tensor cores that stores outputs as its factors, and returns their memory.</summary>
    public byte[] RunTensorCoresToFactors(TensorCoreFactors factors, TensorCoreTileKernel kernel, int slices)
    {
        var output = PtxBuffer.Uninitialised<byte>("output", (int)Specification.Output.Elements * factors.ValueBytes);
        var rounding = KernelCompiler.Ptx(factors.Round);
        Run(
            KernelCompiler.Ptx(kernel.Kernel), kernel.Shape, slices, Round(factors, rounding, input), Round(factors, rounding, filter),
            Specification with { OutputPrecision = factors.Precision }, output);
        return output.Read<byte>();
    }

    /// <summary>Values as PTX of a rounding kernel makes them.</summary>
    public static PtxBuffer Round(TensorCoreFactors factors, string rounding, float[] values)
    {
        var rounded = PtxBuffer.Uninitialised<byte>("rounded", values.Length * factors.ValueBytes);
        var vectors = values.Length / FactorRounding.Vector;
        PtxInterpreter.Run(
            rounding, new PtxLaunch(new Extent(Groups(vectors, FactorRounding.Threads)), new Extent(FactorRounding.Threads)),
            PtxBuffer.Of<float>("values", values), rounded, vectors);
        return rounded;
    }

    /// <summary>Runs PTX of a first layer's kernel, with fewer groups than tiles.</summary>
    /// <param name="module">The kernel.</param>
    /// <param name="tile">What a group computes at a time.</param>
    /// <param name="valueBytes">Bytes that it stores for a value.</param>
    public PtxBuffer RunFirstLayer(string module, FirstLayerTileShape tile, int valueBytes = sizeof(float))
    {
        var output = PtxBuffer.Uninitialised<byte>("output", (int)Specification.Output.Elements * valueBytes);
        var geometry = FirstLayerGeometry.Of(Specification, tile);
        PtxInterpreter.Run(module, LaunchOf((tile with { Groups = 2 }).GridFor(geometry, multiprocessors: 1)), Input, Filter, Bias, output, geometry);
        return output;
    }

    /// <summary>A launch of ILGPU's.</summary>
    public static PtxLaunch LaunchOf(KernelConfig grid) => new(ExtentOf(grid.GridDim), ExtentOf(grid.GroupDim));

    private static int Groups(int elements, int tile) => (elements + tile - 1) / tile;

    private float[] Run(string module, TileShape tile, int slices, PtxBuffer source, PtxBuffer weights)
    {
        var output = PtxBuffer.Uninitialised<float>("output", (int)Specification.Output.Elements);
        Run(module, tile, slices, source, weights, Specification, output);
        return output.Read<float>();
    }

    private void Run(string module, TileShape tile, int slices, PtxBuffer source, PtxBuffer weights, ConvolutionSpecification specification, PtxBuffer output)
    {
        var launch = TiledLaunch.Sliced(specification, tile, slices);
        var partial = launch.Slices == 1 ? output : PtxBuffer.Uninitialised<float>("partial sums", (int)launch.PartialSums);
        PtxInterpreter.Run(module, LaunchOf(launch.Grid), source, weights, Bias, partial, launch.Geometry);
        if (launch.Slices > 1)
        {
            PtxInterpreter.Run(
                KernelCompiler.Ptx(SliceReduction.KernelOf(specification.OutputPrecision)), LaunchOf(SliceReduction.GridFor(launch)),
                partial, Bias, output, launch.Geometry, launch.Slices, SliceReduction.SharersOf(launch));
        }
    }

    private static Extent ExtentOf(Index3D size) => new(size.X, size.Y, size.Z);
}
