using System.Text.RegularExpressions;
using Gpu.Cases;
using Gpu.Kernels.Cuda;
using Gpu.Kernels.Inspection;
using Gpu.Kernels.Operations;
using Gpu.Kernels.Tensors;
using Gpu.Tests.Reference;
using NUnit.Framework;

namespace Gpu.Tests.Ptx;

/// <summary>The fully connected layers in inline PTX beside the float64 reference: ragged in rows, columns and slices.</summary>
[TestFixture]
[Category("Ptx")]
[Parallelizable(ParallelScope.All)]
internal sealed class MatrixVectorTests
{
    [TestCase(1, 17, 8, 1, true)]
    [TestCase(3, 13, 136, 4, false)]
    [TestCase(1, 200, 264, 3, true)]
    [TestCase(2, 5, 16, 20, false)]
    public void Matrix_times_vector(int side, int inputs, int outputs, int slices, bool relu)
    {
        Assert.Multiple(() =>
        {
            foreach (var weights in Enum.GetValues<WeightPrecision>())
            {
                var layer = new Layer(side, inputs, outputs, relu, weights);
                Assert.That(RelativeError.L2(layer.Run(KernelCompiler.Ptx(layer.Kernel), slices), layer.Expected()), Is.LessThan(1e-6), $"{weights}");
            }
        });
    }

    [Test]
    public void The_barrier_before_the_warps_sums_is_needed()
    {
        var layer = new Layer(1, 40, 16, relu: false, WeightPrecision.Float32);
        var altered = new Regex(@"bar\.sync\s+0;").Replace(KernelCompiler.Ptx(layer.Kernel), "");
        Assert.That(() => layer.Run(altered, slices: 1), Throws.TypeOf<PtxException>().With.Message.Contains("shared byte"));
    }

    [Test]
    public void A_row_beyond_the_slice_is_found()
    {
        var layer = new Layer(1, 37, 16, relu: false, WeightPrecision.Float16);
        var altered = new Regex(@"setp\.gt\.s32 inside, (%r\d+), 8;").Replace(KernelCompiler.Ptx(layer.Kernel), "setp.gt.s32 inside, $1, -8;");
        Assert.That(() => layer.Run(altered, slices: 1), Throws.TypeOf<PtxException>().With.Message.Contains("global"));
    }

    /// <summary>A random layer that covers its input.</summary>
    private sealed class Layer(int side, int inputs, int outputs, bool relu, WeightPrecision weights)
    {
        private readonly ConvolutionSpecification specification =
            new(new Shape(1, side, side, inputs), new FilterShape(side, side, inputs, outputs), Padding.Valid, relu);

        private readonly float[] input = RandomArray.Uniform(side * side * inputs, seed: 1);
        private readonly float[] filter = RandomArray.Uniform(side * side * inputs * outputs, seed: 2);
        private readonly float[] bias = RandomArray.Uniform(outputs, seed: 3);

        /// <summary>The kernel of its weights.</summary>
        public Delegate Kernel => weights == WeightPrecision.Float16 ? SplitMatrixVector.Float16Kernel : SplitMatrixVector.Float32Kernel;

        /// <summary>In float64, of the weights as they are stored.</summary>
        public double[] Expected() => ReferenceOperations.Convolution(
            specification, Array.ConvertAll(input, v => (double)v), weights == WeightPrecision.Float16 ? Array.ConvertAll(filter, v => (float)(Half)v) : filter, bias);

        /// <summary>Runs PTX of the kernel and the reduction.</summary>
        public float[] Run(string module, int slices)
        {
            var launch = SplitMatrixVector.Sliced(specification, weights, slices);
            var partial = PtxBuffer.Uninitialised<float>("partial sums", launch.Slices * outputs);
            var output = PtxBuffer.Uninitialised<float>("output", outputs);
            var stored = weights == WeightPrecision.Float16
                ? PtxBuffer.Of<Half>("weights", Array.ConvertAll(filter, v => (Half)v))
                : PtxBuffer.Of<float>("weights", filter);
            PtxInterpreter.Run(
                module, PtxConvolution.LaunchOf(launch.Grid), PtxBuffer.Of<float>("input", input), stored, partial,
                specification.Filter.Depth, outputs, launch.Geometry.StepsPerSlice);
            PtxInterpreter.Run(
                KernelCompiler.Ptx(SliceReduction.KernelOf(ProductPrecision.Float32)), PtxConvolution.LaunchOf(SliceReduction.GridFor(launch)),
                partial, PtxBuffer.Of<float>("bias", bias), output, launch.Geometry, launch.Slices, SliceReduction.SharersOf(launch));
            return output.Read<float>();
        }
    }
}
