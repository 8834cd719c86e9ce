using Gpu.Kernels.Inspection;
using Gpu.Tests.Ptx;
using ILGPU.Runtime.Cuda;
using NUnit.Framework;

namespace Gpu.Tests.Kernels.Portable;

/// <summary>Every portable kernel compiles for NVIDIA's architectures, without a GPU or its driver.</summary>
[TestFixture]
internal sealed class PtxCompilationTests
{
    [Test]
    public void Every_kernel_is_found() =>
        Assert.That(DeviceKernels.Portable.Select(DeviceKernels.NameOf), Is.EquivalentTo(new[]
        {
            "BilinearArgMaxKernel.Kernel", "ClassRankingKernel.Kernel", "DirectConvolution.Kernel", "ImplicitGemmConvolution.Kernel",
            "ImplicitGemmConvolution.SmallTileKernel", "MatrixVector.SingleKernel", "MatrixVector.BlockKernel", "MatrixVector.ReductionKernel",
            "MaxPoolKernel.Kernel", "PixelSamplingKernel.Kernel", "SoftmaxKernel.Kernel",
        }));

    [TestCase(7, 5, 6, 3)]
    [TestCase(8, 0, 7, 8)]
    [TestCase(9, 0, 7, 8)]
    public void Every_kernel_compiles(int major, int minor, int isaMajor, int isaMinor)
    {
        using var compiler = new KernelCompiler(new CudaArchitecture(major, minor), new CudaInstructionSet(isaMajor, isaMinor));
        Assert.Multiple(() =>
        {
            foreach (var kernel in DeviceKernels.Portable)
            {
                var compiled = compiler.Compile(kernel);
                Assert.That(compiled.PTXAssembly, Does.Contain($".visible .entry {compiled.Name}("), $"{DeviceKernels.NameOf(kernel)}");
                Assert.That(compiled.PTXAssembly, Does.Not.Contain(".local "), $"{DeviceKernels.NameOf(kernel)} keeps values in local memory");
            }
        });
    }
}
