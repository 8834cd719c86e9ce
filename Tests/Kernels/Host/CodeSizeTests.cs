using System.Globalization;
using System.Runtime.InteropServices;
using Gpu.Cli.Laboratory;
using Gpu.Kernels.Host;
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

    /// <summary>Kernels of narrow vectors have half the registers on processors without AVX-512: they are compiled as there, on all.</summary>
    private static readonly Dictionary<HostInstructionSet, (string Name, string Value)[]> Environments = new()
    {
        [HostInstructionSet.Avx512] = [],
        [HostInstructionSet.Avx2] = [("DOTNET_EnableAVX512", "0")],
        [HostInstructionSet.Vector128] = [("DOTNET_EnableAVX2", "0")],
    };

    [Test]
    public void Kernels_do_not_grow_and_keep_their_vectors_in_registers()
    {
        Assume.That(RuntimeInformation.RuntimeIdentifier, Is.EqualTo("linux-x64"), "The table is of x64 under Linux.");
        var expected = File.ReadAllLines(TestFiles.Data(Table)).Skip(1).Select(line => line.Split('\t'))
            .ToDictionary(f => f[0], f => (Bytes: Number(f[1]), Stack: Number(f[2])));
        var actual = HostKernel.All.Where(IsUsed).GroupBy(k => k.InstructionSet)
            .SelectMany(set => set.Zip(JitListing.Of([.. set], Environments[set.Key]))).ToDictionary(p => p.First.Name, p => p.Second);
        var proposal = Path.Combine(TestFiles.OutputFolder(), Table);
        File.WriteAllLines(
            proposal,
            actual.Select(a => string.Create(CultureInfo.InvariantCulture, $"{a.Key}\t{a.Value.Bytes}\t{a.Value.StackAccesses}"))
                .Order(StringComparer.Ordinal).Prepend("kernel\tbytes of code\tvectors through the stack"));
        Assert.Multiple(() =>
        {
            foreach (var (name, listing) in actual)
            {
                Assert.That(expected, Does.ContainKey(name), $"{name} is not in the table; it is now as in {proposal}");
                var (bytes, stack) = expected.GetValueOrDefault(name);
                Assert.That(listing.Bytes, Is.LessThanOrEqualTo(Growth * bytes), $"bytes of {name}; it is now as in {proposal}");
                Assert.That(listing.StackAccesses, Is.LessThanOrEqualTo((Growth * stack) + Vectors), $"vectors of {name} through the stack; it is now as in {proposal}");
            }
        });
    }

    /// <summary>Whether a device calls it: not those that measure roofs, nor tiles of so many rows that they are for more registers.</summary>
    private static bool IsUsed(HostKernel kernel)
    {
        var (type, method) = (kernel.Name.Split('.')[0], kernel.Name.Split('.')[1]);
        if (type != nameof(DirectKernels))
        {
            return type != nameof(HostRoofs);
        }

        var table = DirectKernelTable.For(kernel.InstructionSet);
        var (rows, vectors) = (Number(method["Rows".Length..].Split('x')[0]), Number(method.Split('x')[1]));
        return vectors <= table.MaximumVectors && rows <= table.MaximumRows(vectors);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
