using Gpu.Cases;
using Gpu.Engine.Preprocessing;
using Gpu.Kernels.Inspection;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Portable;
using Gpu.Kernels.Tensors;
using Gpu.Loader.Images;
using Gpu.Loader.Networks;
using Gpu.Tests.Reference;
using NUnit.Framework;

namespace Gpu.Tests.Ptx;

/// <summary>The portable kernels, run from the PTX that an NVIDIA GPU gets, beside the float64 reference.</summary>
[TestFixture]
[Category("Ptx")]
[Parallelizable(ParallelScope.All)]
internal sealed class PortableKernelTests
{
    private const double Tolerance = 1e-6;

    [TestCase(1, 5, 7, 3, 5, true)]
    [TestCase(2, 3, 3, 17, 6, false)]
    public void Direct_convolution(int batch, int height, int width, int inputs, int outputs, bool relu)
    {
        var convolution = new PtxConvolution(batch, height, width, inputs, outputs, relu);
        var output = PtxBuffer.Uninitialised<float>("output", (int)convolution.Specification.Output.Elements);
        PtxInterpreter.Run(
            KernelCompiler.Ptx(DirectConvolution.Kernel), PerElement(output.Elements),
            output.Elements, convolution.Input, convolution.Filter, convolution.Bias, output, convolution.Geometry);
        Assert.That(RelativeError.L2(output.Read<float>(), convolution.Expected()), Is.LessThan(Tolerance));
    }

    [TestCase(1, 5, 7, 3, 5, true)]
    [TestCase(2, 6, 6, 5, 66, false)]
    public void Implicit_gemm_convolution(int batch, int height, int width, int inputs, int outputs, bool relu)
    {
        var convolution = new PtxConvolution(batch, height, width, inputs, outputs, relu);
        Assert.That(RelativeError.L2(convolution.RunImplicitGemm(PtxConvolution.ImplicitGemm), convolution.Expected()), Is.LessThan(Tolerance));
    }

    [Test]
    public void Implicit_gemm_convolution_with_small_tiles()
    {
        var convolution = new PtxConvolution(1, 3, 5, 6, 11, relu: true);
        var result = convolution.RunImplicitGemm(KernelCompiler.Ptx(ImplicitGemmConvolution.SmallTileKernel), threadsPerSide: 2);
        Assert.That(RelativeError.L2(result, convolution.Expected()), Is.LessThan(Tolerance));
    }

    [TestCase(1)]
    [TestCase(3)]
    public void Matrix_vector(int positions)
    {
        const int Depth = 201, Outputs = 13, Slices = 2;
        var specification = new ConvolutionSpecification(new Shape(positions, 1, 1, Depth), new FilterShape(1, 1, Depth, Outputs), Padding.Valid, true);
        var (input, weights, bias) = (RandomArray.Uniform(positions * Depth, 1), RandomArray.Uniform(Depth * Outputs, 2), RandomArray.Uniform(Outputs, 3));
        var geometry = new MatrixVector.MatrixGeometry(positions, Depth, Outputs, Slices, Relu: 1);
        var (partial, output) = (PtxBuffer.Uninitialised<float>("partial", Slices * positions * Outputs), PtxBuffer.Uninitialised<float>("output", positions * Outputs));
        PtxInterpreter.Run(
            KernelCompiler.Ptx(positions == 1 ? MatrixVector.SingleKernel : MatrixVector.BlockKernel), PerElement(Slices * Outputs),
            Slices * Outputs, PtxBuffer.Of<float>("input", input), PtxBuffer.Of<float>("weights", weights), partial, geometry);
        PtxInterpreter.Run(
            KernelCompiler.Ptx(MatrixVector.ReductionKernel), PerElement(output.Elements), output.Elements, partial, PtxBuffer.Of<float>("bias", bias), output, geometry);
        var expected = ReferenceOperations.Convolution(specification, Array.ConvertAll(input, v => (double)v), weights, bias);
        Assert.That(RelativeError.L2(output.Read<float>(), expected), Is.LessThan(Tolerance));
    }

    [Test]
    public void Max_pool_of_odd_size()
    {
        var shape = new Shape(2, 5, 7, 3);
        var input = RandomArray.Uniform(shape.Elements, 1);
        var output = PtxBuffer.Uninitialised<float>("output", (int)MaxPool.Output(shape).Elements);
        PtxInterpreter.Run(
            KernelCompiler.Ptx(MaxPoolKernel.Kernel), PerElement(output.Elements), output.Elements, PtxBuffer.Of<float>("input", input), output, 5, 7, 3);
        Assert.That(output.Read<float>(), Is.EqualTo(ReferenceOperations.MaxPool(shape, Array.ConvertAll(input, v => (double)v))));
    }

    [TestCase(5)]
    [TestCase(301)]
    public void Softmax_and_ranking(int classes)
    {
        const int Positions = 2, Count = 3, Threads = 128;
        var logits = RandomArray.Uniform(Positions * classes, 1, 4f);
        var wide = Array.ConvertAll(logits, v => (double)v);
        var (source, shares) = (PtxBuffer.Of<float>("logits", logits), PtxBuffer.Uninitialised<float>("probabilities", logits.Length));
        var launch = new PtxLaunch(new Extent(Positions), new Extent(Threads));
        PtxInterpreter.Run(KernelCompiler.Ptx(SoftmaxKernel.Kernel), launch, source, shares, classes);
        var scores = PtxBuffer.Uninitialised<ClassScore>("scores", Positions * Count);
        PtxInterpreter.Run(KernelCompiler.Ptx(ClassRankingKernel.Kernel), launch, source, shares, scores, classes, Count);
        var probabilities = shares.Read<float>();
        var expected =
            from position in Enumerable.Range(0, Positions)
            from c in ReferenceOperations.TopK(wide.AsSpan(position * classes, classes), Count)
            select new ClassScore(c, logits[(position * classes) + c], probabilities[(position * classes) + c]);
        Assert.Multiple(() =>
        {
            Assert.That(RelativeError.L2(probabilities, ReferenceOperations.Softmax(wide, classes)), Is.LessThan(Tolerance));
            Assert.That(scores.Read<ClassScore>(), Is.EqualTo(expected));
        });
    }

    [Test]
    public void Labels_at_a_pictures_resolution()
    {
        var (shape, grid) = (new Shape(1, 2, 3, 11), new UpsamplingGrid(9, 7, 4, 0));
        var logits = RandomArray.Uniform(shape.Elements, 1);
        float[] positions =
        [
            .. Enumerable.Range(0, grid.Height).Select(y => grid.Position(y, shape.Height)),
            .. Enumerable.Range(0, grid.Width).Select(x => grid.Position(x, shape.Width)),
        ];
        var output = PtxBuffer.Uninitialised<ushort>("labels", grid.Height * grid.Width);
        PtxInterpreter.Run(
            KernelCompiler.Ptx(BilinearArgMaxKernel.Kernel), PerElement(output.Elements),
            output.Elements, PtxBuffer.Of<float>("logits", logits), PtxBuffer.Of<float>("positions", positions), output,
            new BilinearArgMaxKernel.MapGeometry(shape.Height, shape.Width, shape.Channels, grid.Height, grid.Width));
        var labels = output.Read<ushort>();
        var wide = Array.ConvertAll(logits, v => (double)v);
        for (var i = 0; i < labels.Length; i++)
        {
            var interpolated = ReferenceOperations.InterpolatedLogits(shape, wide, grid, i / grid.Width, i % grid.Width);
            // Float32 interpolation may swap classes whose logits differ by less than its rounding.
            Assert.That(interpolated[labels[i]], Is.GreaterThanOrEqualTo(interpolated.Max() - 1e-5), $"pixel {i % grid.Width},{i / grid.Width}");
        }
    }

    [Test]
    public void Inputs_of_pixels_have_the_bits_of_the_host()
    {
        RgbImage[] images = [.. new[] { (300, 256), (97, 211), (700, 900) }.Select((s, i) => new RgbImage(s.Item1, s.Item2, RandomBytes(s.Item1 * s.Item2 * 3, i)))];
        var (options, normalization) = (PreprocessingOptions.Default, PixelNormalization.Torchvision);
        var expected = new float[images.Length * options.CropLength];
        for (var i = 0; i < images.Length; i++)
        {
            NetworkInput.Crop(images[i], expected.AsSpan(i * options.CropLength, options.CropLength), options, normalization);
        }

        var pixels = PixelRegion.Gather(
            new Shape(images.Length, options.Crop, options.Crop, 3), [.. images.Select(i => PixelRegion.Crop(i, options))], new ParallelOptions());
        var output = PtxBuffer.Uninitialised<float>("input", expected.Length);
        PtxInterpreter.Run(
            KernelCompiler.Ptx(PixelSamplingKernel.Kernel), PerElement(output.Elements), output.Elements, PtxBuffer.Of("pixels", pixels.Pixels.Span),
            PtxBuffer.Of("positions", pixels.Positions.Span), output,
            new PixelSamplingKernel.SampleGeometry(options.Crop, options.Crop, images.Length * options.Crop, NetworkInput.Scaling(normalization)));
        Assert.That(output.Read<float>(), Is.EqualTo(expected));
    }

    private static byte[] RandomBytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>One thread per element in blocks that do not divide them.</summary>
    private static PtxLaunch PerElement(int elements) => new(new Extent((elements + 63) / 64), new Extent(64));
}
