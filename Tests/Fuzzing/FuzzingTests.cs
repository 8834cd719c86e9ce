using System.Diagnostics;
using System.Globalization;
using NUnit.Framework;

namespace Gpu.Tests.Fuzzing;

/// <summary>
/// Whatever a file's bytes are, <see cref="BoundedReading"/> ends well.
/// <para>
/// <c>FUZZ_SECONDS</c> goes on for so long for each format, from seed <c>FUZZ_SEED</c> on. A find is kept in the test's output folder.
/// </para>
/// </summary>
internal sealed class FuzzingTests
{
    /// <summary>Mutants of a format in an ordinary run.</summary>
    private const int Mutants = 1000;

    private static readonly double Seconds = Setting("FUZZ_SECONDS");

    private static readonly int FirstSeed = (int)Setting("FUZZ_SEED");

    /// <summary>Mutants that once escaped, named by format and cause.</summary>
    private static IEnumerable<string> Finds => Directory.GetFiles(TestFiles.Data("checkpoints", "finds")).Select(f => Path.GetFileName(f)!);

    [TestCaseSource(nameof(Finds))]
    public void Earlier_finds_are_refused(string name) =>
        Assert.That(BoundedReading.Read(TestFiles.Data("checkpoints", "finds", name)), Is.False);

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
        var files = Mutate(format, mutator, [.. sample.Select(s => s.Content)], other);
        for (var i = 0; i < files.Length; i++)
        {
            File.WriteAllBytes(Path.Combine(folder, sample[i].Name), files[i]);
        }

        try
        {
            return BoundedReading.Read(Path.Combine(folder, sample[0].Name), files.Sum(f => (long)f.Length));
        }
        catch (Exception)
        {
            Keep(folder, sample.Select(s => s.Name), seed);
            throw;
        }
    }

    private static byte[][] Mutate(FuzzedFormat format, Mutator mutator, byte[][] files, byte[] other)
    {
        var damaged = mutator.Next(files.Length);
        if (format.MutateStructure is not null && mutator.Next(2) == 0)
        {
            format.MutateStructure(mutator, files, damaged, other);
            return files;
        }

        files[damaged] = mutator.Mutate(files[damaged], other);
        if (format.Repair is not null && mutator.Next(4) > 0)
        {
            files[damaged] = (byte[])files[damaged].Clone();
            format.Repair(files[damaged]);
        }

        return files;
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
