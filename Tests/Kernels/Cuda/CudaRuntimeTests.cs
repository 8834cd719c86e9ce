using Gpu.Cli;
using NUnit.Framework;

namespace Gpu.Tests.Kernels.Cuda;

/// <summary>What runs on an NVIDIA GPU asks of its driver, seen from a driver's stand-in.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class CudaRuntimeTests
{
    private static readonly string[] FourPictures =
        ["classify", TestFiles.Sample("laptop.jpg"), TestFiles.Sample("sunflower.jpg"), TestFiles.Sample("airplane.jpg"), TestFiles.Sample("butterfly.jpg"), "--format", "csv"];

    [Test]
    public void The_second_run_is_recorded_and_those_after_it_are_one_call_each()
    {
        var run = StandInDriver.Open().Run(FourPictures);
        var firstReplay = run.Calls.ToList().FindIndex(c => c.Name == "cuGraphLaunch");
        var kernels = run.Calls.Take(firstReplay).Count(c => c.Name == "cuLaunchKernel");
        string[] unexpected = ["cuLaunchKernel", "cuMemAlloc_v2", "cuMemHostRegister_v2", "cuModuleLoadDataEx", "cuEventCreate"];
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Success), run.Error);
            Assert.That(run.Count("cuStreamBeginCapture_v2"), Is.EqualTo(1));
            Assert.That(run.Count("cuGraphInstantiateWithFlags"), Is.EqualTo(1));
            Assert.That(run.Calls.Where(c => c.Name == "cuGraphLaunch").Select(c => (int)c.Numbers[0]), Is.EqualTo(Enumerable.Repeat(kernels / 2, 3)));
            Assert.That(kernels, Is.GreaterThan(2 * (13 + 3)));
            Assert.That(run.Calls.Skip(firstReplay).Select(c => c.Name).Intersect(unexpected), Is.Empty);
            Assert.That(run.Unbalanced(), Is.Empty);
        });
    }

    [Test]
    public void Observed_layers_are_launched_one_by_one()
    {
        var run = StandInDriver.Open().Run([.. FourPictures, "--verbose"]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Success), run.Error);
        Assert.That(run.Count("cuStreamBeginCapture_v2"), Is.Zero);
        Assert.That(run.Count("cuGraphLaunch"), Is.Zero);
    }

    [TestCase("cuCtxCreate_v2", "could not be opened (CUDA_ERROR_UNKNOWN")]
    [TestCase("cuStreamCreate", "could not be opened (CUDA_ERROR_UNKNOWN")]
    [TestCase("cuModuleLoadDataEx", "failed to compile ")]
    [TestCase("cuModuleGetFunction", "failed to compile ")]
    [TestCase("cuMemGetInfo_v2", "cuMemGetInfo_v2 returned CUDA_ERROR_UNKNOWN")]
    [TestCase("cuMemAlloc_v2", "failed to allocate ")]
    [TestCase("cuMemAlloc_v2:20", "failed to allocate ")]
    [TestCase("cuLaunchKernel", "failed to run implicit-gemm on ")]
    [TestCase("cuLaunchKernel:30", "failed to run ")]
    [TestCase("cuMemcpyAsync", "failed to copy ")]
    [TestCase("cuStreamSynchronize", "failed to copy ")]
    [TestCase("cuStreamBeginCapture_v2", "failed to record a network (cuStreamBeginCapture_v2 returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuStreamEndCapture", "failed to record a network (cuStreamEndCapture returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuGraphInstantiateWithFlags", "failed to record a network (cuGraphInstantiateWithFlags returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuGraphLaunch", "failed to run a recorded network (cuGraphLaunch returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuGraphLaunch:2", "failed to run a recorded network (cuGraphLaunch returned CUDA_ERROR_UNKNOWN)")]
    public void A_call_that_fails_is_one_sentence_and_exit_code_4_and_leaves_nothing(string call, string sentence)
    {
        var run = StandInDriver.Open().Run(FourPictures, call);
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Device), run.Error);
            Assert.That(run.Error, Does.Match(@"^cuda:0 \(Stand-in\) .+; .+\.\n$").And.Contain(sentence));
            Assert.That(run.Unbalanced(call.Split(':')[0]), Is.Empty);
        });
    }

    [Test]
    public void A_driver_without_graphs_is_too_old()
    {
        var run = StandInDriver.Without("cuGraphInstantiateWithFlags").Run(FourPictures);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Device), run.Error);
        Assert.That(run.Error, Does.Match(@"^cuda:0 .+cuGraphInstantiateWithFlags.+; update its driver or choose another device\.\n$"));
        Assert.That(run.Unbalanced(), Is.Empty);
    }
}
