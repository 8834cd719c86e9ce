using Gpu.Cases;
using Gpu.Loader.Checkpoints;
using Gpu.Tests.Loader.Checkpoints;
using Gpu.WeightsTools;
using NUnit.Framework;

namespace Gpu.Tests.WeightsTools.Commands;

internal sealed class VerifyCommandTests
{
    [Test]
    public async Task A_sound_checkpoint_is_said_to_be_sound()
    {
        var (code, root) = await WeightsCommands.RunJson("verify", TestFiles.BundledCheckpoint);
        Assert.That(code, Is.EqualTo(ExitCode.Success));
        Assert.That(root.EnumerateObject().Select(p => p.Name), Is.EqualTo(new[] { "file", "format", "tensors", "bytes", "network", "source", "sound", "problems" }));
        Assert.That(root.GetProperty("sound").GetBoolean());
        Assert.That(root.GetProperty("network").GetString(), Is.EqualTo("VGG-16"));
        Assert.That(root.GetProperty("source").GetString(), Is.EqualTo("TF-Slim"));
        Assert.That((await WeightsCommands.Run("verify", TestFiles.BundledCheckpoint)).Output, Does.Contain("VGG-16 of TF-Slim").And.Contain("sound"));
    }

    [Test]
    public async Task All_problems_are_listed_at_once()
    {
        var folder = TestFiles.OutputFolder();
        var file = Path.Combine(folder, "bad.ckpt");
        using (var bundled = Checkpoint.Open(TestFiles.BundledCheckpoint))
        {
            var biases = RandomArray.Uniform(512, seed: 1);
            biases[3] = float.NaN;
            biases[7] = float.NegativeInfinity;
            CheckpointWriter.Write(file, CheckpointFormat.Safetensors,
            [
                .. bundled.Tensors.Where(t => t.Name is not ("vgg_16/conv1/conv1_1/biases" or "vgg_16/fc7/weights" or "vgg_16/fc8/biases")).Select(bundled.AsSource),
                TensorSources.Float32("vgg_16/fc7/weights", RandomArray.Uniform(600, seed: 2), 2, 300),
                TensorSources.Float32("vgg_16/conv1/conv1_1/biases", biases),
            ]);
        }

        var (code, root) = await WeightsCommands.RunJson("verify", file);
        Assert.That(code, Is.EqualTo(ExitCode.Weights));
        Assert.That(root.GetProperty("sound").GetBoolean(), Is.False);
        var problems = root.GetProperty("problems").EnumerateArray().Select(p => $"{p}").ToList();
        Assert.That(problems, Has.Some.Contains("2 values that are not finite, of 512"));
        Assert.That(problems, Has.Some.Contains("'vgg_16/conv1/conv1_1/biases' has shape [512]"));
        Assert.That(problems, Has.Some.Contains("'vgg_16/fc7/weights' has shape [2, 300]"));
        Assert.That(problems, Has.Some.Contains("'vgg_16/fc8/biases' is missing"));
        Assert.That(problems, Has.Count.EqualTo(4));
    }

    [Test]
    public async Task One_damaged_tensor_does_not_hide_the_next()
    {
        var file = Path.Combine(TestFiles.OutputFolder(), "damaged.index");
        using (var bundled = Checkpoint.Open(TestFiles.BundledCheckpoint))
        {
            CheckpointWriter.Write(file, CheckpointFormat.TensorFlowV2, [.. bundled.Tensors.Select(bundled.AsSource)]);
        }

        var data = Path.ChangeExtension(file, "data-00000-of-00001");
        var bytes = await File.ReadAllBytesAsync(data);
        (bytes[100], bytes[^100]) = ((byte)~bytes[100], (byte)~bytes[^100]);
        await File.WriteAllBytesAsync(data, bytes);
        var (code, root) = await WeightsCommands.RunJson("verify", file);
        Assert.That(code, Is.EqualTo(ExitCode.Weights));
        Assert.That(root.GetProperty("problems").EnumerateArray().Select(p => p.GetProperty("problem").GetString()), Is.All.Contains("checksum").And.Exactly(2).Items);
    }

    /// <summary>Of V1 the values are in the blocks of a table, each with its checksum; the first block has the list of tensors too.</summary>
    [Test]
    public async Task Every_damaged_block_of_V1_is_listed()
    {
        var file = Path.Combine(TestFiles.OutputFolder(), "damaged v1.ckpt");
        float[][] values = [RandomArray.Uniform(200_000, seed: 5), RandomArray.Uniform(200_000, seed: 6), RandomArray.Uniform(200_000, seed: 7)];
        CheckpointWriter.Write(file, CheckpointFormat.TensorFlowV1, [.. values.Select((v, i) => TensorSources.Float32($"w{i}", v))]);
        var bytes = await File.ReadAllBytesAsync(file);
        foreach (var damaged in new[] { values[1], values[2] })
        {
            bytes[bytes.AsSpan().IndexOf(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(damaged)) + 1000] ^= 4;
        }

        await File.WriteAllBytesAsync(file, bytes);
        var (code, root) = await WeightsCommands.RunJson("verify", file, "--any");
        Assert.That(code, Is.EqualTo(ExitCode.Weights));
        Assert.That(
            root.GetProperty("problems").EnumerateArray().Select(p => p.GetProperty("tensor").GetString()), Is.EqualTo(new[] { "w1", "w2" }));
    }

    [Test]
    public async Task Interruption_is_exit_code_130()
    {
        using var writer = new StringWriter();
        var code = await WeightsCommandLine.RunAsync(
            ["verify", TestFiles.BundledCheckpoint], writer, writer, cancellationToken: new CancellationToken(canceled: true));
        Assert.That(code, Is.EqualTo(ExitCode.Interrupted));
    }

    [Test]
    public async Task Another_network_is_a_problem_unless_any_is_accepted()
    {
        var lenet = TestFiles.Data("checkpoints", "v1", "traffic-ava-10", "model.ckpt");
        var result = await WeightsCommands.Run("verify", lenet);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Weights));
        Assert.That(result.Output, Does.Contain("holds no VGG network"));
        Assert.That((await WeightsCommands.Run("verify", lenet, "--any")).Code, Is.EqualTo(ExitCode.Success));
    }
}
