using System.Reflection;
using Gpu.Cli.Laboratory;
using Gpu.Kernels.Cuda;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Inspection;
using NUnit.Framework;

namespace Gpu.Tests.Ptx;

/// <summary>The kernels that measure tensor cores keep all in registers and do little but products.</summary>
[TestFixture]
[Category("Ptx")]
[Parallelizable(ParallelScope.All)]
internal sealed class RoofKernelTests
{
    /// <summary>Of a warp's sums.</summary>
    private const int WarpProducts = 8;

    /// <summary>Steps of the depth of a warpgroup's product.</summary>
    private const int WarpgroupProducts = 4;

    [TestCase("Float16", "HMMA", 80, WarpProducts)]
    [TestCase("BFloat16", "HMMA", 80, WarpProducts)]
    [TestCase("TensorFloat32", "HMMA", 90, WarpProducts)]
    [TestCase("WarpgroupFloat16", "HGMMA", 90, WarpgroupProducts)]
    [TestCase("WarpgroupBFloat16", "HGMMA", 90, WarpgroupProducts)]
    [TestCase("WarpgroupTensorFloat32", "HGMMA", 90, WarpgroupProducts)]
    public void The_loop_is_products(string name, string instruction, int capability, int productsPerRound)
    {
        var kernel = new DeviceKernel(typeof(TensorCoreRoofs).GetMethod(name, BindingFlags.Static | BindingFlags.NonPublic)!);
        var (report, code) = Assemble(kernel, capability);
        Assert.Multiple(() =>
        {
            Assert.That(report, Does.Contain("0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads"));

            // The assembler may unroll the loop.
            Assert.That((code.Split(instruction).Length - 1) % productsPerRound, Is.Zero);
            Assert.That(code.Split(instruction), Has.Length.GreaterThan(productsPerRound));
        });
    }

    private static (string Report, string Code) Assemble(DeviceKernel kernel, int capability)
    {
        try
        {
            return CudaAssembler.Assemble(kernel.Ptx(capability), kernel.TargetOf(capability));
        }
        catch (DeviceException absent) when (!absent.Message.Contains("refuses", StringComparison.Ordinal))
        {
            Assert.Ignore(absent.Message);
            throw;
        }
    }
}
