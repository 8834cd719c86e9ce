using System.Globalization;
using Gpu.Cli.Laboratory;
using Gpu.Kernels.Inspection;
using NUnit.Framework;

namespace Gpu.Tests.Kernels.Host;

/// <summary>
/// What the JIT makes of the processor's kernels stays as Tests/Data/jit.tsv lists it: their code does not grow by more than a tenth, and
/// no more vectors go through the stack than a few. Unlike times, these are the same on a busy machine. Kernels of instructions that
/// this processor lacks are left out. After a deliberate change copy the file that the failing test names over the table.
/// </summary>
internal sealed class CodeSizeTests
{
    private const string Table = "jit.tsv";
    private const double Growth = 1.1;
    private const int Vectors = 4;

    [Test]
    public void Kernels_do_not_grow_and_keep_their_vectors_in_registers()
    {
        var expected = File.ReadAllLines(TestFiles.Data(Table)).Skip(1).Select(line => line.Split('\t'))
            .ToDictionary(f => f[0], f => (Bytes: Number(f[1]), Stack: Number(f[2])));
        var kernels = HostKernel.All.Where(k => expected.Count == 0 || expected.ContainsKey(k.Name)).ToList();
        var listings = JitListing.Of(kernels);
        var proposal = Path.Combine(TestFiles.OutputFolder(), Table);
        File.WriteAllLines(
            proposal,
            kernels.Zip(listings, (k, l) => string.Create(CultureInfo.InvariantCulture, $"{k.Name}\t{l.Bytes}\t{l.StackAccesses}")).Prepend("kernel\tbytes of code\tvectors through the stack"));
        Assert.That(kernels, Is.Not.Empty);
        Assert.Multiple(() =>
        {
            foreach (var (kernel, listing) in kernels.Zip(listings))
            {
                var (bytes, stack) = expected[kernel.Name];
                Assert.That(listing.Bytes, Is.LessThanOrEqualTo(Growth * bytes), $"bytes of {kernel.Name}; it is now as in {proposal}");
                Assert.That(listing.StackAccesses, Is.LessThanOrEqualTo(Growth * stack + Vectors), $"vectors of {kernel.Name} through the stack; it is now as in {proposal}");
            }
        });
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
