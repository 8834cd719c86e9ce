using System.Globalization;
using System.Text.RegularExpressions;
using Gpu.Cli;
using Gpu.Kernels.Cuda.Driver;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Networks;
using NUnit.Framework;

namespace Gpu.Tests.Kernels.Cuda;

/// <summary>What runs on an NVIDIA GPU asks of its driver, seen from a driver's stand-in.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class CudaRuntimeTests
{
    private static readonly string[] FourPictures =
    [
        "classify", TestFiles.Sample("laptop.jpg"), TestFiles.Sample("sunflower.jpg"), TestFiles.Sample("airplane.jpg"), TestFiles.Sample("butterfly.jpg"),
        "--format", "csv", "--weights", TestFiles.BundledCheckpoint, "--labels", TestFiles.BundledLabels,
    ];

    private static readonly string[] OneByOne = [.. FourPictures, "--batch", "1"];

    private static readonly string[] LabelledPixels =
        ["label", TestFiles.Sample("laptop.jpg"), "--weights", TestFiles.BundledCheckpoint, "--labels", TestFiles.BundledLabels, "--full-resolution", "--npy"];

    /// <summary>Functions of the stand-in that are not called here: for devices side by side, for all streams at once, and for errors' texts, which exist.</summary>
    private static readonly string[] Uncalled = ["cuDeviceCanAccessPeer", "cuCtxSynchronize", "cuGetErrorName", "cuGetErrorString"];

    /// <summary>Those that give back what results no longer depend on: failures of these alone are not reported.</summary>
    private static readonly string[] Releasing =
        ["cuCtxDestroy_v2", "cuEventDestroy_v2", "cuGraphExecDestroy", "cuMemFreeHost", "cuMemFree_v2", "cuModuleUnload", "cuStreamDestroy_v2"];

    [TestCase("*=implicit-gemm")]
    [TestCase("*=implicit-gemm-cuda-cores")]
    [TestCase("*=winograd-4x4-cuda-cores")]
    public void The_second_run_is_recorded_and_those_after_it_are_one_call_each(string algorithm)
    {
        var run = StandInDriver.Open().Run([.. OneByOne, "--algorithm", algorithm]);
        var calls = run.Calls.Select(c => c.Name).ToList();
        var (begin, end, firstReplay) = (calls.IndexOf("cuStreamBeginCapture_v2"), calls.IndexOf("cuStreamEndCapture"), calls.IndexOf("cuGraphLaunch"));
        var recorded = calls[begin..end].Count(c => c == "cuLaunchKernel");
        string[] unexpected = ["cuMemAlloc_v2", "cuMemHostAlloc", "cuModuleLoadDataEx", "cuEventCreate"];
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Success), run.Error);
            Assert.That(run.Count("cuStreamBeginCapture_v2"), Is.EqualTo(1));
            Assert.That(run.Count("cuGraphInstantiateWithFlags"), Is.EqualTo(1));
            Assert.That(run.Calls.Where(c => c.Name == "cuGraphLaunch").Select(c => (int)c.Numbers[0]), Is.EqualTo(Enumerable.Repeat(recorded, 3)));
            Assert.That(recorded, Is.GreaterThan(13 + 3));
            Assert.That(calls.Skip(firstReplay).Count(c => c == "cuLaunchKernel"), Is.EqualTo(2), "the kernel that makes the input");
            Assert.That(calls.Skip(firstReplay).Intersect(unexpected), Is.Empty);
            Assert.That(run.Unbalanced(), Is.Empty);
        });
    }

    [Test]
    public void Parameters_arrive_as_they_are_in_the_file_and_before_a_kernel_reads_them()
    {
        var weights = Path.Combine(TestFiles.OutputFolder(), "weights.ckpt");
        SyntheticNetwork.Write(weights, CheckpointFormat.TensorFlowV1, VggArchitecture.Vgg16, widthDivisor: 8, classes: 10, seed: 1);
        var run = StandInDriver.Open().Run(["classify", TestFiles.Sample("laptop.jpg"), "--weights", weights]);
        var arrived = run.Calls.Where(c => c.Name == "cuMemFree_v2").Select(c => (c.Numbers[0], c.Numbers[1])).ToHashSet();
        using var checkpoint = Checkpoint.Open(weights);
        var parameters = checkpoint.Tensors.Where(t => t.Name.EndsWith("/weights", StringComparison.Ordinal) || t.Name.EndsWith("/biases", StringComparison.Ordinal)).ToList();
        Assert.Multiple(() =>
        {
            Assert.That(parameters, Has.Count.GreaterThanOrEqualTo(2 * (13 + 3)));
            Assert.That(parameters.Max(t => t.Bytes), Is.GreaterThan(StagedCopy.SmallestPiece));
            Assert.That(parameters.Where(t => !arrived.Contains(((ulong)t.Bytes, Hash(checkpoint.ReadBytes(t))))).Select(t => t.Name), Is.Empty);
            Assert.That(run.Count("unordered"), Is.Zero);
            Assert.That(run.Count("cuMemHostAlloc"), Is.EqualTo(2 + 2), "two to copy through, two for results");
        });
    }

    [Test]
    public void A_batch_is_queued_while_the_results_of_the_one_before_are_waited_for()
    {
        var driver = StandInDriver.Open();
        var (held, free) = (driver.Run(OneByOne, reads: 4), driver.Run(OneByOne));
        Assert.Multiple(() =>
        {
            Assert.That(held.ExitCode, Is.EqualTo(ExitCode.Success), held.Error);
            Assert.That(held.Count("cuMemcpyDtoHAsync_v2"), Is.EqualTo(4));
            Assert.That(held.Count("stalled"), Is.Zero);
            Assert.That(held.Count("unordered"), Is.Zero);
            Assert.That(held.Output, Is.EqualTo(free.Output));
            Assert.That(held.Unbalanced(), Is.Empty);
        });
    }

    [Test]
    public void Pixels_travel_while_the_network_runs_on_those_before_them()
    {
        var calls = StandInDriver.Open().Run(OneByOne).Calls;
        var runs = Indices("cuGraphLaunch");
        var copying = calls[Indices("cuMemcpyHtoDAsync_v2")[0]].Numbers[1];
        Assert.That(runs, Has.Count.EqualTo(3));
        for (var run = 1; run < runs.Count; run++)
        {
            var awaited = Indices("cuStreamWaitEvent").Where(i => i > runs[run - 1] && i < runs[run] && calls[i].Numbers[1] == copying).ToList();
            var marks = awaited.Select(i => Indices("cuEventRecord").Last(r => r < i && calls[r].Numbers[0] == calls[i].Numbers[0])).ToList();
            Assert.Multiple(() =>
            {
                Assert.That(marks, Has.Count.EqualTo(2), "pixels and positions");
                Assert.That(marks, Has.All.LessThan(runs[run - 1]), "not behind the network");
                Assert.That(marks.Select(r => calls[r - 1].Name), Has.All.EqualTo("cuLaunchKernel"), "behind the kernel that read them");
            });
        }

        List<int> Indices(string name) => [.. Enumerable.Range(0, calls.Count).Where(i => calls[i].Name == name)];
    }

    [TestCase("cuEventCreate", 0)]
    [TestCase("cuEventRecord", 1)]
    [TestCase("cuEventSynchronize", 1)]
    public void A_failure_while_results_are_read_is_one_sentence_and_exit_code_4_and_leaves_nothing(string call, int later)
    {
        var driver = StandInDriver.Open();
        string[] one = [.. OneByOne.Where((_, i) => i is < 2 or > 4)];
        var calls = driver.Run(one).Calls.Select(c => c.Name).ToList();
        var before = calls.Take(calls.IndexOf("cuMemcpyDtoHAsync_v2")).Count(c => c == call);
        var run = driver.Run(one, $"{call}:{before + later}");
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Device), run.Error);
            Assert.That(run.Error, Does.Contain($"failed to copy from its memory ({call} returned CUDA_ERROR_UNKNOWN)"));
            Assert.That(run.Unbalanced(), Is.Empty);
        });
    }

    [Test]
    public void Observed_layers_are_launched_one_by_one()
    {
        var run = StandInDriver.Open().Run([.. OneByOne, "--verbose"]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Success), run.Error);
        Assert.That(run.Count("cuStreamBeginCapture_v2"), Is.Zero);
        Assert.That(run.Count("cuGraphLaunch"), Is.Zero);
    }

    [TestCase("fp16", "first-layer-tensor-cores", "implicit-gemm-tensor-cores", "matrix-vector-ptx-fp16")]
    [TestCase("bf16", "first-layer-tensor-cores-bf16", "implicit-gemm-tensor-cores-bf16", "matrix-vector-ptx")]
    [TestCase("tf32", "first-layer-cuda-cores", "implicit-gemm-tensor-cores-tf32", "matrix-vector-ptx")]
    [TestCase("3xtf32", "first-layer-cuda-cores", "implicit-gemm-tensor-cores-3xtf32", "matrix-vector-ptx")]
    [TestCase("fp16-weights", "first-layer-cuda-cores", "winograd-4x4-cuda-cores", "matrix-vector-ptx-fp16")]
    public void A_precision_chooses_algorithms_that_round_so(string precision, string first, string convolution, string fullyConnected)
    {
        var run = StandInDriver.Open().Run(
            ["classify", TestFiles.Sample("laptop.jpg"), "--precision", precision, "--verbose", "--weights", TestFiles.BundledCheckpoint, "--labels", TestFiles.BundledLabels]);
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Success), run.Error);
            Assert.That(run.Error, Does.Match($@"conv1_1\s+{first}\s").And.Match($@"conv5_2\s+{convolution}\s").And.Match($@"fc6\s+{fullyConnected}\s"));
            Assert.That(run.Unbalanced(), Is.Empty);
        });
    }

    [TestCase("fp16", "implicit-gemm-tensor-cores")]
    [TestCase("bf16", "implicit-gemm-tensor-cores-bf16")]
    [TestCase("tf32", "implicit-gemm-tensor-cores-tf32")]
    [TestCase("3xtf32", "implicit-gemm-tensor-cores-3xtf32")]
    public void A_batch_runs_the_fully_connected_layers_on_tensor_cores_too(string precision, string algorithm)
    {
        var run = StandInDriver.Open().Run([.. FourPictures, "--batch", "4", "--precision", precision, "--verbose"]);
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Success), run.Error);
            Assert.That(run.Error, Does.Match($@"conv5_2\s+{algorithm}\s").And.Match($@"fc6\s+{algorithm}\s").And.Match($@"fc7\s+{algorithm}\s"));
            Assert.That(run.Unbalanced(), Is.Empty);
        });
    }

    [Test]
    public void A_batch_that_does_not_fit_is_refused_with_the_largest_that_does()
    {
        var driver = StandInDriver.Open();
        var tooMany = RunBatch(64);
        var fitting = int.Parse(Regex.Match(tooMany.Error, @"where \d+ MB are free beside the weights; a batch of (\d+) fits\.\n$").Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        var (most, oneMore) = (RunBatch(fitting), RunBatch(fitting + 1));
        Assert.Multiple(() =>
        {
            Assert.That(tooMany.ExitCode, Is.EqualTo(ExitCode.Device));
            Assert.That(fitting, Is.InRange(2, 62));
            Assert.That(most.ExitCode, Is.EqualTo(ExitCode.Success), most.Error);
            Assert.That(oneMore.ExitCode, Is.EqualTo(ExitCode.Device), oneMore.Error);
            Assert.That(oneMore.Unbalanced(), Is.Empty);
        });

        StandInRun RunBatch(int batch) => driver.Run(
            ["bench", "--width-divisor", "16", "--runs", "1", "--warmup", "1", "--batch", batch.ToString(CultureInfo.InvariantCulture)], memoryBytes: 128 << 20);
    }

    [Test]
    public void Weights_that_do_not_fit_are_refused_before_any_is_copied()
    {
        var run = StandInDriver.Open().Run(OneByOne, memoryBytes: 3 << 20);
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Device));
            Assert.That(run.Error, Does.Match(@"^The weights of VGG-16 take 7 MB on cuda:0 \(Stand-in\), where 3 MB are free; .+\.\n$"));
            Assert.That(run.Count("cuMemAlloc_v2"), Is.Zero);
        });
    }

    [TestCase("cuCtxCreate_v2", "could not be opened (cuCtxCreate_v2, ")]
    [TestCase("cuStreamCreate", "could not be opened (cuStreamCreate returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuDeviceGetCount:3", "could not be opened (cuDeviceGetCount returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuModuleLoadDataEx", "failed to compile ")]
    [TestCase("cuModuleGetFunction", "failed to compile ")]
    [TestCase("cuMemGetInfo_v2", "cuMemGetInfo_v2 returned CUDA_ERROR_UNKNOWN")]
    [TestCase("cuMemAlloc_v2", "failed to allocate ")]
    [TestCase("cuMemAlloc_v2:20", "failed to allocate ")]
    [TestCase("cuLaunchKernel", "failed to transform weights ")]
    [TestCase("cuLaunchKernel:13", "failed to make the input ")]
    [TestCase("cuLaunchKernel:10", "failed to transform weights (cuLaunchKernel returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuMemHostAlloc", "failed to copy to its memory (cuMemHostAlloc returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuMemHostAlloc:2", "failed to copy to its memory (cuMemHostAlloc returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuStreamCreate:2", "failed to copy to its memory (cuStreamCreate returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuMemcpyHtoDAsync_v2", "failed to copy to its memory (cuMemcpyHtoDAsync_v2 returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuMemcpyHtoDAsync_v2:8", "failed to copy to its memory (cuMemcpyHtoDAsync_v2 returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuEventCreate", "failed to copy to its memory (cuEventCreate returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuEventCreate:3", "failed to copy to its memory (cuEventCreate returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuEventRecord", "failed to copy to its memory (cuEventRecord returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuEventSynchronize", "failed to copy to its memory (cuEventSynchronize returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuStreamWaitEvent", "failed to copy to its memory (cuStreamWaitEvent returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuStreamSynchronize", "failed to transform weights (cuStreamSynchronize returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuEventCreate:4", "failed to copy to its memory (cuEventCreate returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuMemHostAlloc:3", "failed to copy from its memory (cuMemHostAlloc returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuMemcpyDtoHAsync_v2", "failed to copy from its memory (cuMemcpyDtoHAsync_v2 returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuMemcpyDtoHAsync_v2:2", "failed to copy from its memory (cuMemcpyDtoHAsync_v2 returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuStreamBeginCapture_v2", "failed to record a network (cuStreamBeginCapture_v2 returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuStreamEndCapture", "failed to record a network (cuStreamEndCapture returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuGraphInstantiateWithFlags", "failed to record a network (cuGraphInstantiateWithFlags returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuGraphLaunch", "failed to run a recorded network (cuGraphLaunch returned CUDA_ERROR_UNKNOWN)")]
    [TestCase("cuGraphLaunch:2", "failed to run a recorded network (cuGraphLaunch returned CUDA_ERROR_UNKNOWN)")]
    public void A_call_that_fails_is_one_sentence_and_exit_code_4_and_leaves_nothing(string call, string sentence)
    {
        var run = StandInDriver.Open().Run(OneByOne, call);
        Assert.Multiple(() =>
        {
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Device), run.Error);
            Assert.That(run.Error, Does.Match(@"^cuda:0 \(Stand-in\) .+; .+\.\n$").And.Contain(sentence));
            Assert.That(run.Unbalanced(call.Split(':')[0]), Is.Empty);
        });
    }

    [TestCaseSource(typeof(StandInDriver), nameof(StandInDriver.Functions))]
    public void Each_function_of_the_driver_that_fails_is_named_with_its_error_and_the_work(string function)
    {
        string[] command = function == "cuMemcpyAsync" ? [.. LabelledPixels, Path.Combine(TestFiles.OutputFolder(), "labels.npy")] : OneByOne;
        var run = StandInDriver.Open().Run(command, function);
        var failed = run.Count($"failed:{function}") > 0;
        Assert.Multiple(() =>
        {
            Assert.That(failed, Is.Not.EqualTo(Uncalled.Contains(function)), "whether it is called");
            if (failed && !Releasing.Contains(function))
            {
                Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Device), run.Error);
                Assert.That(run.Error, Does.Match($@"(could not be opened|failed to \w+ .+|The NVIDIA driver reports no device) \((\w+, )*(\w+ or )?{function}( or \w+|, \w+ or \w+)? returned CUDA_ERROR_UNKNOWN\); .+\.\n$"));
            }
            else
            {
                Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Success), run.Error);
            }
        });
    }

    [Test]
    public void A_context_that_a_thread_cannot_use_is_one_sentence()
    {
        var run = StandInDriver.Open().Run(OneByOne, "cuCtxSetCurrent:2");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Device), run.Error);
        Assert.That(run.Error, Does.Match(@"^cuda:0 \(Stand-in\) failed to serve this thread \(cuCtxSetCurrent returned CUDA_ERROR_UNKNOWN\); .+\.\n$"));
    }

    [TestCase("cuInit")]
    [TestCase("cuDeviceGetCount")]
    public void A_driver_that_does_not_start_has_no_device(string call)
    {
        var run = StandInDriver.Open().Run(OneByOne, call);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Device), run.Error);
        Assert.That(run.Error, Does.Match(@"^There is no device 'cuda:0'; .+ run nvidia-smi to see why\.\n$"));
    }

    [Test]
    public void A_driver_without_graphs_is_too_old()
    {
        var run = StandInDriver.Without("cuGraphInstantiateWithFlags").Run(OneByOne);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Device), run.Error);
        Assert.That(run.Error, Does.Match(@"^cuda:0 .+cuGraphInstantiateWithFlags.+; update its driver or choose another device\.\n$"));
        Assert.That(run.Unbalanced(), Is.Empty);
    }

    /// <summary>FNV-1a of 64 bits, as Tests/Data/cuda/libcuda.c has it.</summary>
    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = 14695981039346656037ul;
        foreach (var value in bytes)
        {
            hash = (hash ^ value) * 1099511628211ul;
        }

        return hash;
    }
}
