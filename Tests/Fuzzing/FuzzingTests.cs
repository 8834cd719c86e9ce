using System.Diagnostics;
using System.Globalization;
using Gpu.Loader.Checkpoints;
using Gpu.Loader.Networks;
using NUnit.Framework;

namespace Gpu.Tests.Fuzzing;

/// <summary>
/// Whatever a file's bytes are, opening it and reading all of it gives tensors of the sizes that they claim or a
/// <see cref="CheckpointException"/>, and allocates no more than the files' size and a constant.
/// <para>
/// <c>FUZZ_SECONDS</c> goes on for so long for each format, from seed <c>FUZZ_SEED</c> on. A find is kept in the test's output folder.
/// </para>
/// </summary>
internal sealed class FuzzingTests
{
    /// <summary>Mutants of a format in an ordinary run.</summary>
    private const int Mutants = 1000;

    /// <summary>The names of all networks' parameters, among which the tensors' are looked for, take 200 KB; the rest is for refusals.</summary>
    private const long AllowedConstant = 512 << 10;

    /// <summary>Objects that describe an entry take more bytes than the entry, and a compressed block holds at most 22 times its bytes.</summary>
    private const long AllowedFactor = 24;

    private static readonly double Seconds = Setting("FUZZ_SECONDS");

    private static readonly int FirstSeed = (int)Setting("FUZZ_SEED");

    /// <summary>Mutants that once escaped, named by format and cause.</summary>
    private static IEnumerable<string> Finds => Directory.GetFiles(TestFiles.Data("checkpoints", "finds")).Select(f => Path.GetFileName(f)!);

    [TestCaseSource(nameof(Finds))]
    public void Earlier_finds_are_refused(string name) => Assert.That(Read(TestFiles.Data("checkpoints", "finds", name)), Is.False);

    [TestCaseSource(typeof(FuzzedFormat), nameof(FuzzedFormat.All))]
    public void Mutants_are_read_or_refused(FuzzedFormat format)
    {
        var folder = TestFiles.OutputFolder();
        var start = Stopwatch.StartNew();
        var (refused, read) = (0, 0);
        for (var seed = FirstSeed; seed - FirstSeed < Mutants || start.Elapsed.TotalSeconds < Seconds; seed++)
        {
            if (Try(format, seed, folder))
            {
                read++;
            }
            else
            {
                refused++;
            }
        }

        TestContext.Out.WriteLine($"{format}: {refused + read} mutants, {refused} refused, {read} read");
        Assert.That(refused, Is.GreaterThan(read / 20), "Mutations matter.");
        Assert.That(read, Is.GreaterThan(refused / 100), "Mutations are not so coarse that all stop at the first check.");
    }

    /// <summary>Makes a mutant and reads it; whether it was accepted.</summary>
    private static bool Try(FuzzedFormat format, int seed, string folder)
    {
        var mutator = new Mutator(seed);
        var sample = format.Samples[mutator.Next(format.Samples.Count)];
        var other = format.Samples[mutator.Next(format.Samples.Count)][0].Content;
        var damaged = mutator.Next(sample.Count);
        long size = 0;
        for (var i = 0; i < sample.Count; i++)
        {
            var content = sample[i].Content;
            if (i == damaged)
            {
                content = mutator.Mutate(content, other);
                if (format.Repair is not null && mutator.Next(4) > 0)
                {
                    content = (byte[])content.Clone();
                    format.Repair(content);
                }
            }

            size += content.Length;
            File.WriteAllBytes(Path.Combine(folder, sample[i].Name), content);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            var accepted = Read(Path.Combine(folder, sample[0].Name));
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.That(allocated, Is.LessThanOrEqualTo((AllowedFactor * size) + AllowedConstant), $"seed {seed} allocates too much for {size} bytes");
            return accepted;
        }
        catch (Exception)
        {
            Keep(folder, sample.Select(s => s.Name), seed);
            throw;
        }
    }

    private static bool Read(string path)
    {
        try
        {
            using var checkpoint = Checkpoint.Open(path);
            var accepted = true;
            foreach (var tensor in checkpoint.Tensors)
            {
                accepted &= Read(checkpoint, tensor);
            }

            VggWeights.Match(checkpoint);
            return accepted;
        }
        catch (CheckpointException)
        {
            return false;
        }
    }

    private static bool Read(Checkpoint checkpoint, TensorEntry tensor)
    {
        try
        {
            var bytes = checkpoint.ReadBytes(tensor);
            if (tensor.Type != ElementType.String)
            {
                Assert.That(bytes.Length, Is.EqualTo(tensor.Bytes), tensor.Name);
            }

            // The last byte is there.
            return bytes.IsEmpty || bytes[^1] >= 0;
        }
        catch (CheckpointException)
        {
            return false;
        }
    }

    private static void Keep(string folder, IEnumerable<string> names, int seed)
    {
        var find = Directory.CreateDirectory(Path.Combine(folder, $"seed-{seed}")).FullName;
        foreach (var name in names)
        {
            File.Copy(Path.Combine(folder, name), Path.Combine(find, name), overwrite: true);
        }

        TestContext.Out.WriteLine($"Seed {seed} is kept in {find}.");
    }

    private static double Setting(string name) =>
        double.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : 0;
}
