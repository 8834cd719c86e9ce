using System.Text.Json;
using Gpu.Cases;
using Gpu.Loader.Checkpoints;
using Gpu.Tests.Loader.Checkpoints;
using Gpu.WeightsTools;
using NUnit.Framework;

namespace Gpu.Tests.WeightsTools.Commands;

internal sealed class ConvertCommandTests
{
    /// <summary>Readable files of every format with every type.</summary>
    private static IEnumerable<TestCaseData> Files => new[]
    {
        TestFiles.BundledCheckpoint,
        TestFiles.Data("checkpoints", "synthetic", "v1", "partitioned-2-shards", "model.ckpt-5"),
        TestFiles.Data("checkpoints", "v1", "nxt-safe", "safe_model.ckpt"),
        TestFiles.Data("checkpoints", "v2", "cartpole-2shards", "variables"),
        TestFiles.Data("checkpoints", "v2", "house-112", "model.ckpt"),
        TestFiles.Data("checkpoints", "hdf5", "types.h5"),
        TestFiles.Data("checkpoints", "hdf5", "keras-2-model.h5"),
    }.Select(f => new TestCaseData(f).SetArgDisplayNames(Path.GetFileName(f)));

    [TestCaseSource(nameof(Files))]
    public async Task A_round_trip_through_every_format_keeps_every_bit(string file)
    {
        var folder = TestFiles.OutputFolder();
        var expected = await Hashes(file, "--drop-strings");
        var steps = new[] { ("a.ckpt", "v1"), ("b", "v2"), ("c.safetensors", "safetensors"), ("d d", "v1") };
        foreach (var (name, format) in steps)
        {
            var next = Path.Combine(folder, name);
            var result = await WeightsCommands.Run("convert", file, next, "--format", format, "--drop-strings");
            Assert.That(result.Code, Is.EqualTo(ExitCode.Success), result.Error);
            Assert.That(await Hashes(next), Is.EqualTo(expected), name);
            file = next;
        }
    }

    [TestCase("v1", "n", "v2", "n.index")]
    [TestCase("v2", "n", "safetensors", "m.safetensors")]
    [TestCase("safetensors", "n.safetensors", "v1", "m.ckpt")]
    public async Task A_synthetic_network_is_the_same_in_every_format(string first, string file, string second, string copy)
    {
        var folder = TestFiles.OutputFolder();
        (file, copy) = (Path.Combine(folder, file), Path.Combine(folder, copy));
        string[] thin = ["--width", "1/32", "--classes", "7", "--seed", "11", "--network", "vgg_19"];
        Assert.That((await WeightsCommands.Run(["synthesize", file, "--format", first, .. thin])).Code, Is.EqualTo(ExitCode.Success));
        Assert.That((await WeightsCommands.Run("convert", file, copy, "--format", second)).Code, Is.EqualTo(ExitCode.Success));
        Assert.That(await Hashes(copy), Is.EqualTo(await Hashes(file)));
        Assert.That((await WeightsCommands.Run("verify", copy)).Output, Does.Contain("VGG-19 of TF-Slim").And.Contain("sound"));
    }

    /// <summary>V1 stores float16 as varints, which are decoded as a whole; a piece of the writer is 4 MB.</summary>
    [TestCase("float32")]
    [TestCase("keep")]
    public async Task What_is_decoded_as_a_whole_is_written_in_pieces(string type)
    {
        var folder = TestFiles.OutputFolder();
        var (half, copy) = (Path.Combine(folder, "half.ckpt"), Path.Combine(folder, "copy.safetensors"));
        var values = Array.ConvertAll(RandomArray.Uniform(5_000_001, seed: 8), v => (float)(Half)v);
        CheckpointWriter.Write(Path.Combine(folder, "a.ckpt"), CheckpointFormat.TensorFlowV1, [TensorSources.Float32("w", values)]);
        await WeightsCommands.Run("convert", Path.Combine(folder, "a.ckpt"), half, "--type", "float16");
        Assert.That((await WeightsCommands.Run("convert", half, copy, "--type", type)).Code, Is.EqualTo(ExitCode.Success));
        using var checkpoint = Checkpoint.Open(copy);
        checkpoint.TryFind("w", out var w);
        var bytes = checkpoint.ReadBytes(w!);
        var actual = type == "keep"
            ? Array.ConvertAll(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, Half>(bytes).ToArray(), h => (float)h)
            : System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray();
        Assert.That(actual.AsSpan().SequenceEqual(values));
    }

    [Test]
    public async Task Strings_go_from_one_tensorflow_format_to_the_other()
    {
        var (folder, file) = (TestFiles.OutputFolder(), TestFiles.Data("checkpoints", "synthetic", "v2", "dtypes-2-shards", "m.ckpt"));
        Assert.That((await WeightsCommands.Run("convert", file, Path.Combine(folder, "a.ckpt"))).Code, Is.EqualTo(ExitCode.Success));
        Assert.That((await WeightsCommands.Run("convert", Path.Combine(folder, "a.ckpt"), Path.Combine(folder, "b.index"))).Code, Is.EqualTo(ExitCode.Success));
        Assert.That(await Hashes(Path.Combine(folder, "b")), Is.EqualTo(await Hashes(file)));
    }

    [Test]
    public async Task Strings_are_refused_where_the_format_lacks_them_and_nothing_is_left_behind()
    {
        var (folder, file) = (TestFiles.OutputFolder(), TestFiles.Data("checkpoints", "synthetic", "v2", "dtypes-2-shards", "m.ckpt"));
        var result = await WeightsCommands.Run("convert", file, Path.Combine(folder, "a.safetensors"));
        Assert.That(result.Code, Is.EqualTo(ExitCode.Weights));
        Assert.That(result.Error, Does.Contain("string"));
        Assert.That(Directory.GetFileSystemEntries(folder), Is.Empty);
    }

    [Test]
    public async Task Float16_holds_the_nearest_values_and_leaves_integers_alone()
    {
        var folder = TestFiles.OutputFolder();
        var values = RandomArray.Uniform(40_000, seed: 3, scale: 2f);
        var (file, half) = (Path.Combine(folder, "a.ckpt"), Path.Combine(folder, "half.safetensors"));
        CheckpointWriter.Write(file, CheckpointFormat.TensorFlowV1, [TensorSources.Float32("w", values, 200, 200), TensorSources.Int64("step", 1L << 60)]);
        Assert.That((await WeightsCommands.Run("convert", file, half, "--type", "float16")).Code, Is.EqualTo(ExitCode.Success));

        using var checkpoint = Checkpoint.Open(half);
        checkpoint.TryFind("w", out var w);
        checkpoint.TryFind("step", out var step);
        Assert.That((w!.Type, step!.Type), Is.EqualTo((ElementType.Float16, ElementType.Int64)));
        Assert.That(BitConverter.ToInt64(checkpoint.ReadBytes(step)), Is.EqualTo(1L << 60));
        var actual = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, Half>(checkpoint.ReadBytes(w)).ToArray();
        Assert.That(actual, Is.EqualTo(Array.ConvertAll(values, v => (Half)v)));
    }

    [Test]
    public async Task A_value_beyond_float16_is_refused_by_the_name_of_its_tensor()
    {
        var folder = TestFiles.OutputFolder();
        var file = Path.Combine(folder, "a.ckpt");
        CheckpointWriter.Write(file, CheckpointFormat.TensorFlowV1, [TensorSources.Float32("large", [1f, 70_000f]), TensorSources.Float32("odd", [float.PositiveInfinity])]);
        var result = await WeightsCommands.Run("convert", file, Path.Combine(folder, "half.safetensors"), "--type", "float16");
        Assert.That(result.Code, Is.EqualTo(ExitCode.Weights));
        Assert.That(result.Error.Trim(), Does.Contain("'large'").And.Contain("70000").And.Not.Contain("\n"));
        Assert.That(Directory.GetFiles(folder), Is.EqualTo(new[] { file }));
    }

    [TestCase("a.ckpt", "a.ckpt")]
    [TestCase("a", "a.index")]
    [TestCase("a.index", "a.index")]
    public async Task A_file_is_replaced_only_by_force(string output, string file)
    {
        var folder = TestFiles.OutputFolder();
        var format = file.EndsWith(".index", StringComparison.Ordinal) ? "v2" : "v1";
        await File.WriteAllTextAsync(Path.Combine(folder, file), "precious");
        string[] arguments = ["convert", TestFiles.BundledCheckpoint, Path.Combine(folder, output), "--format", format];
        var refused = await WeightsCommands.Run(arguments);
        Assert.That(refused.Code, Is.EqualTo(ExitCode.Weights));
        Assert.That(refused.Error, Does.Contain("--force"));
        Assert.That(await File.ReadAllTextAsync(Path.Combine(folder, file)), Is.EqualTo("precious"));
        Assert.That((await WeightsCommands.Run([.. arguments, "--force"])).Code, Is.EqualTo(ExitCode.Success));
        Assert.That(await Hashes(Path.Combine(folder, output)), Is.EqualTo(await Hashes(TestFiles.BundledCheckpoint)));
    }

    [TestCase("no such folder/b.ckpt")]
    [TestCase("is a folder")]
    public async Task An_output_that_cannot_be_written_is_one_sentence(string output)
    {
        var folder = TestFiles.OutputFolder();
        Directory.CreateDirectory(Path.Combine(folder, "is a folder"));
        var result = await WeightsCommands.Run("convert", TestFiles.BundledCheckpoint, Path.Combine(folder, output));
        Assert.That(result.Code, Is.EqualTo(ExitCode.Weights));
        Assert.That(result.Error.Trim(), Does.Contain(output).And.Not.Contain("\n"));
        Assert.That(Directory.GetFileSystemEntries(folder, "*", SearchOption.AllDirectories), Is.EqualTo(new[] { Path.Combine(folder, "is a folder") }));
    }

    [Test]
    public async Task A_damaged_tensor_leaves_nothing_behind()
    {
        var folder = TestFiles.OutputFolder();
        var bytes = await File.ReadAllBytesAsync(TestFiles.BundledCheckpoint);
        bytes[bytes.Length / 2] ^= 1;
        var file = Path.Combine(folder, "damaged.ckpt");
        await File.WriteAllBytesAsync(file, bytes);
        var result = await WeightsCommands.Run("convert", file, Path.Combine(folder, "b.ckpt"));
        Assert.That(result.Code, Is.EqualTo(ExitCode.Weights));
        Assert.That(result.Error, Does.Contain("damaged.ckpt"));
        Assert.That(Directory.GetFiles(folder), Is.EqualTo(new[] { file }));
    }

    [Test]
    public async Task Interruption_leaves_nothing_behind()
    {
        var folder = TestFiles.OutputFolder();
        using var output = new StringWriter();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var code = await WeightsCommandLine.RunAsync(
            ["convert", TestFiles.BundledCheckpoint, Path.Combine(folder, "b.ckpt")], output, output, cancellationToken: cancelled.Token);
        Assert.That(code, Is.EqualTo(ExitCode.Interrupted));
        Assert.That(Directory.GetFileSystemEntries(folder), Is.Empty);
    }

    /// <summary>Name, type, shape and sha256 of every tensor, as <c>inspect</c> prints them.</summary>
    private static async Task<List<string>> Hashes(string file, params string[] options)
    {
        var (code, root) = await WeightsCommands.RunJson("inspect", file, "--hash");
        Assert.That(code, Is.EqualTo(ExitCode.Success));
        return [.. root.GetProperty("tensors").EnumerateArray()
            .Where(t => !options.Contains("--drop-strings") || t.GetProperty("dtype").GetString() != "string")
            .Select(t => string.Join(' ', new[] { "name", "dtype", "shape", "sha256" }.Select(p => JsonSerializer.Serialize(t.GetProperty(p)))))];
    }
}
