using System.Text.Json;
using Gpu.Cli;
using Gpu.Kernels.Inspection;
using Gpu.Tests.Kernels.Devices;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Commands;

internal sealed class KernelsCommandTests
{
    [Test]
    public async Task List_names_algorithms_and_kernels()
    {
        var (code, output, error) = await VggCommands.Run("kernels", "list", "--device", "cpu", "--format", "csv");
        Assert.That(code, Is.EqualTo(ExitCode.Success), error);
        Assert.That(output, Does.Contain("algorithm,direct,").And.Contain("cpu kernel,DirectKernels.Rows6x2.vector128,")
            .And.Contain("gpu kernel,ImplicitGemmConvolution.Kernel,\"ptx, sass, opencl, from capability 75\""));
    }

    [Test]
    public async Task Bench_times_every_algorithm_of_a_layer()
    {
        var (code, output, error) = await VggCommands.Run("kernels", "bench", "--device", "cpu", "--layer", "conv5_1", "--batch", "2", "--runs", "3", "--format", "json");
        Assert.That(code, Is.EqualTo(ExitCode.Success), error);
        var rows = JsonDocument.Parse(output).RootElement.EnumerateArray().ToList();
        Assert.Multiple(() =>
        {
            Assert.That(rows.Select(r => r.GetProperty("algorithm").GetString()), Does.Contain("direct"));
            Assert.That(rows.Select(r => r.GetProperty("batch").GetInt32()), Is.All.EqualTo(2));
            Assert.That(rows.Select(r => r.GetProperty("median_ms").GetDouble()), Is.All.Positive);
            Assert.That(rows.Select(r => r.GetProperty("relative_l2").GetDouble()), Is.All.InRange(1e-9, 1e-4));
        });
    }

    [TestCase("cpu")]
    [TestCase("simulator")]
    public async Task Check_is_right_everywhere(string device)
    {
        var (code, output, error) = await VggCommands.Run("kernels", "check", "--device", device, "--case", "tiny");
        Assert.That(code, Is.EqualTo(ExitCode.Success), error);
        Assert.That(output, Does.Contain("direct").And.Contain("right").And.Not.Contain("WRONG"));
    }

    [Test]
    public async Task A_library_of_kernels_is_listed_checked_and_named_for_a_layer()
    {
        string[] library = ["--device", "simulator", "--kernels", KernelLibraryTests.Ladder];
        var list = await VggCommands.Run(["kernels", "list", .. library, "--format", "csv"]);
        var check = await VggCommands.Run(["kernels", "check", .. library, "--case", "ragged-3x3-same", "--algorithm", "ladder-3-shared-tile"]);
        var classify = await VggCommands.Run(
            ["classify", TestFiles.Sample("sunflower.jpg"), .. library, "--algorithm", "*=ladder-2-coalesced", "--verbose", "--top", "1"]);
        var ptx = await VggCommands.Run("kernels", "ptx", "VectorTile.Kernel", "--kernels", KernelLibraryTests.Ladder);
        var absent = await VggCommands.Run("kernels", "list", "--kernels", "absent.dll");
        Assert.Multiple(() =>
        {
            Assert.That(list.Output, Does.Contain("algorithm,ladder-5-vector-tile,").And.Contain("of KernelLadder").And.Contain("gpu kernel,VectorTile.Kernel,"), list.Error);
            Assert.That(ptx.Output, Does.Contain(".entry").And.Contain("ld.shared.v4"), ptx.Error);
            Assert.That(check.Output, Does.Match(@"(?m)^ladder-3-shared-tile .* right\r?$"), check.Error);
            Assert.That(classify.Output, Does.Contain("sunflower"));
            Assert.That(classify.Error, Does.Match(@"conv1/conv1_1\s+ladder-2-coalesced").And.Match(@"fc8\s+ladder-2-coalesced"));
            Assert.That(absent, Is.EqualTo((ExitCode.Weights, "", "There is no kernel library 'absent.dll'." + Environment.NewLine)));
        });
    }

    [Test]
    public async Task Check_names_a_case_in_each_row()
    {
        var (code, output, _) = await VggCommands.Run("kernels", "check", "--device", "cpu", "--case", "pooled-odd", "--algorithm", "winograd-4x4", "--format", "csv");
        Assert.That(code, Is.EqualTo(ExitCode.Success));
        Assert.That(output, Does.StartWith("case,algorithm,relative_l2,allowed,right").And.Match(@"(?m)^pooled-odd,winograd-4x4,.*,True"));
    }

    [Test]
    public async Task Ptx_and_opencl_are_what_ilgpu_makes()
    {
        var ptx = await VggCommands.Run("kernels", "ptx", "DirectConvolution.Kernel", "--capability", "75");
        var opencl = await VggCommands.Run("kernels", "opencl", "DirectConvolution.Kernel");
        Assert.Multiple(() =>
        {
            Assert.That(ptx.Output, Does.Contain(".target sm_75").And.Contain(".entry"), ptx.Error);
            Assert.That(opencl.Output, Does.Contain("kernel void").And.Contain("global"), opencl.Error);
        });
        Assert.That((await VggCommands.Run("kernels", "opencl", "CudaCoreConvolution.Kernel")).Code, Is.EqualTo(ExitCode.Device));
        Assert.That((await VggCommands.Run("kernels", "ptx", "TensorCoreKernels.Float16WideKernel", "--capability", "75")).Code, Is.EqualTo(ExitCode.Usage));
        Assert.That((await VggCommands.Run("kernels", "ptx", "None.Kernel")).Error, Does.Contain("vgg kernels list"));
    }

    [Test]
    public void Every_portable_kernel_has_opencl() => Assert.Multiple(() =>
    {
        foreach (var kernel in DeviceKernel.All.Where(k => k.IsPortable))
        {
            Assert.That(kernel.OpenCL(), Does.Contain("kernel void"), kernel.Name);
        }
    });

    [Test]
    public async Task Sass_is_disassembled_where_the_tools_are()
    {
        var (code, output, error) = await VggCommands.Run("kernels", "sass", "CudaCoreConvolution.Kernel", "--capability", "80");
        if (code == ExitCode.Device)
        {
            Assert.Ignore(error);
        }

        Assert.That(output, Does.Match(@"// ptxas info.*Used \d+ registers").And.Contain("FFMA"));
    }

    [Test]
    public async Task Asm_is_what_the_jit_makes()
    {
        var (code, output, error) = await VggCommands.Run("kernels", "asm", "DirectKernels.Rows6x2.vector128");
        Assert.That(code, Is.EqualTo(ExitCode.Success), error);
        Assert.That(output, Does.Match(@"^; DirectKernels\.Rows6x2\.vector128: \d+ bytes of code").And.Contain("Assembly listing for method"));
        Assert.That((await VggCommands.Run("kernels", "asm", "None")).Code, Is.EqualTo(ExitCode.Usage));
    }

    [TestCase("bench", "--layer", "conv9_9")]
    [TestCase("bench", "--algorithm", "none")]
    [TestCase("check", "--device", "cpu", "--case", "pooled-odd", "--algorithm", "direct")]
    [TestCase("ptx", "DirectConvolution.Kernel", "--capability", "10")]
    [TestCase("ptx")]
    public async Task Wrong_usage_is_exit_code_2(params string[] arguments) =>
        Assert.That((await VggCommands.Run(["kernels", .. arguments])).Code, Is.EqualTo(ExitCode.Usage));
}
