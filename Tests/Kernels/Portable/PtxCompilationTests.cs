using System.Reflection;
using Gpu.Kernels.Portable;
using Gpu.Tests.Ptx;
using ILGPU.Runtime.Cuda;
using NUnit.Framework;

namespace Gpu.Tests.Kernels.Portable;

/// <summary>Every portable kernel compiles for NVIDIA's architectures, without a GPU or its driver.</summary>
[TestFixture]
internal sealed class PtxCompilationTests
{
    /// <summary>Kernels are the static methods so named; a first parameter of type Index1D marks those that ILGPU groups itself.</summary>
    private static IEnumerable<MethodInfo> Kernels => typeof(AcceleratorDevice).Assembly.GetTypes()
        .Where(t => t.Namespace == typeof(AcceleratorDevice).Namespace)
        .SelectMany(t => t.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Where(m => m.Name.EndsWith("Kernel", StringComparison.Ordinal));

    [Test]
    public void Every_kernel_is_found() =>
        Assert.That(Kernels.Select(m => $"{m.DeclaringType!.Name}.{m.Name}"), Is.EquivalentTo(new[]
        {
            "BilinearArgMaxKernel.Kernel", "ClassRankingKernel.Kernel", "DirectConvolution.Kernel", "ImplicitGemmConvolution.Kernel",
            "ImplicitGemmConvolution.SmallTileKernel", "MatrixVector.SingleKernel", "MatrixVector.BlockKernel", "MatrixVector.ReductionKernel",
            "MaxPoolKernel.Kernel", "SoftmaxKernel.Kernel",
        }));

    [TestCase(7, 5, 6, 3)]
    [TestCase(8, 0, 7, 8)]
    [TestCase(9, 0, 7, 8)]
    public void Every_kernel_compiles(int major, int minor, int isaMajor, int isaMinor)
    {
        using var compiler = new KernelCompiler(new CudaArchitecture(major, minor), new CudaInstructionSet(isaMajor, isaMinor));
        Assert.Multiple(() =>
        {
            foreach (var kernel in Kernels)
            {
                var compiled = compiler.Compile(kernel);
                Assert.That(compiled.PTXAssembly, Does.Contain($".visible .entry {compiled.Name}("), $"{kernel.DeclaringType}.{kernel.Name}");
                Assert.That(compiled.PTXAssembly, Does.Not.Contain(".local "), $"{kernel.DeclaringType}.{kernel.Name} keeps values in local memory");
            }
        });
    }
}
