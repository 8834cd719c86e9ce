using Gpu.Cases;
using Gpu.Loader.Checkpoints;
using Gpu.Tests.Loader.Checkpoints;
using Gpu.WeightsTools;
using NUnit.Framework;

namespace Gpu.Tests.WeightsTools.Commands;

internal sealed class CompareCommandTests
{
    private static readonly float[] Values = RandomArray.Uniform(50_000, seed: 4);

    [Test]
    public async Task Formats_do_not_matter()
    {
        var copy = Path.Combine(TestFiles.OutputFolder(), "copy.safetensors");
        await WeightsCommands.Run("convert", TestFiles.BundledCheckpoint, copy);
        var result = await WeightsCommands.Run("compare", TestFiles.BundledCheckpoint, copy);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Success));
        Assert.That(result.Output, Does.Match(@"^(\d+) of \1 tensors are equal"));
    }

    [Test]
    public async Task Differences_are_measured_in_float64()
    {
        var other = (float[])Values.Clone();
        other[123] += 0.5f;
        other[45_678] -= 0.25f;
        var (code, root) = await Compare([TensorSources.Float32("w", Values)], [TensorSources.Float32("w", other)]);
        var tensor = root.GetProperty("tensors")[0];
        double[] differences = [.. Values.Zip(other).Select(p => (double)p.First - p.Second)];
        var relative = Math.Sqrt(differences.Sum(d => d * d) / Values.Sum(v => (double)v * v));
        Assert.That(code, Is.EqualTo(ExitCode.Different));
        Assert.That(tensor.GetProperty("maximumDifference").GetDouble(), Is.EqualTo(differences.Max(Math.Abs)).Within(1e-12));
        Assert.That(tensor.GetProperty("relativeL2").GetDouble(), Is.EqualTo(relative).Within(1e-12));
        Assert.That(tensor.GetProperty("status").GetString(), Is.EqualTo("different"));
    }

    [TestCase("1e-3", ExitCode.Success)]
    [TestCase("1e-5", ExitCode.Different)]
    public async Task Types_are_compared_by_value_within_the_tolerance(string tolerance, int expected)
    {
        var folder = TestFiles.OutputFolder();
        var (file, half) = (Path.Combine(folder, "a.ckpt"), Path.Combine(folder, "half.safetensors"));
        CheckpointWriter.Write(file, CheckpointFormat.TensorFlowV1, [TensorSources.Float32("w", Values)]);
        await WeightsCommands.Run("convert", file, half, "--type", "float16");
        Assert.That((await WeightsCommands.Run("compare", file, half, "--tolerance", tolerance)).Code, Is.EqualTo(expected));
    }

    [Test]
    public async Task What_only_one_has_and_other_shapes_are_told()
    {
        var (code, root) = await Compare(
            [TensorSources.Float32("a", [1f]), TensorSources.Float32("b", Values, 500, 100), TensorSources.Float32("same", Values)],
            [TensorSources.Float32("c", [1f]), TensorSources.Float32("b", Values, 100, 500), TensorSources.Float32("same", Values)]);
        Assert.That(code, Is.EqualTo(ExitCode.Different));
        Assert.That(
            root.GetProperty("tensors").EnumerateArray().Select(t => $"{t.GetProperty("name")} {t.GetProperty("status")}"),
            Is.EqualTo(new[] { "a only in A", "b other shape", "c only in B", "same equal" }));
    }

    [Test]
    public async Task Not_a_number_differs_from_a_number_alone()
    {
        TensorSource[] numbers = [TensorSources.Float32("w", [1f, 2f])];
        TensorSource[] none = [TensorSources.Float32("w", [1f, float.NaN])];
        Assert.That((await Compare(none, none)).Code, Is.EqualTo(ExitCode.Success));
        Assert.That((await Compare(numbers, none)).Code, Is.EqualTo(ExitCode.Different));
        Assert.That((await Compare(none, numbers)).Code, Is.EqualTo(ExitCode.Different));
    }

    [Test]
    public async Task Integers_that_float64_rounds_to_the_same_differ()
    {
        var (code, root) = await Compare([TensorSources.Int64("step", 1L << 60)], [TensorSources.Int64("step", (1L << 60) + 1)]);
        Assert.That(code, Is.EqualTo(ExitCode.Different));
        Assert.That(root.GetProperty("tensors")[0].GetProperty("maximumDifference").GetDouble(), Is.EqualTo(1));
    }

    [Test]
    public async Task Sources_without_a_common_name_are_named()
    {
        var other = TestFiles.Data("checkpoints", "hdf5", "types.h5");
        var result = await WeightsCommands.Run("compare", TestFiles.BundledCheckpoint, other);
        Assert.That(result.Code, Is.EqualTo(ExitCode.Different));
        Assert.That(result.Output, Does.Contain("A holds VGG-16 of TF-Slim, B no VGG network."));
    }

    private static async Task<(int Code, System.Text.Json.JsonElement Root)> Compare(TensorSource[] a, TensorSource[] b)
    {
        var folder = TestFiles.OutputFolder();
        CheckpointWriter.Write(Path.Combine(folder, "a.ckpt"), CheckpointFormat.TensorFlowV1, a);
        CheckpointWriter.Write(Path.Combine(folder, "b.safetensors"), CheckpointFormat.Safetensors, b);
        return await WeightsCommands.RunJson("compare", Path.Combine(folder, "a.ckpt"), Path.Combine(folder, "b.safetensors"));
    }
}
