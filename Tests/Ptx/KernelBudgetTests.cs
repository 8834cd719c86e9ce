using System.Globalization;
using Gpu.Kernels.Inspection;
using ILGPU.Runtime.Cuda;
using NUnit.Framework;

namespace Gpu.Tests.Ptx;

/// <summary>
/// Every kernel, assembled for every architecture, keeps within registers and takes what Tests/Data/ptxas.tsv lists, and of the
/// instructions of its main loop as many are multiply-adds or products of matrices. After a
/// deliberate change copy the file that the failing test names over the table.
/// </summary>
[TestFixture]
[Category("Ptx")]
[Parallelizable(ParallelScope.All)]
internal sealed class KernelBudgetTests
{
    private const string Table = "ptxas.tsv";

    [Test]
    public void Every_kernel_keeps_to_its_budget()
    {
        var assembler = PtxAssembler.Open();
        var budgets = DeviceKernels.Architectures.SelectMany(Compile).AsParallel().AsOrdered().Select(kernel => Measure(assembler, kernel)).ToList();
        Assert.Multiple(() =>
        {
            foreach (var (row, budget) in budgets)
            {
                Assert.That((budget.StackBytes, budget.SpillBytes), Is.EqualTo((0, 0)), $"{row} keeps values in local memory");
            }
        });

        var expected = File.ReadAllLines(TestFiles.Data(Table));
        string[] actual = [$"kernel\tarchitecture\tregisters\tshared bytes\tstack bytes\tspill bytes\tproducts in main loop\tby {assembler.Version}", .. budgets.Select(b => b.Row)];
        var proposal = Path.Combine(TestFiles.OutputFolder(), Table);
        File.WriteAllLines(proposal, actual);
        Assume.That(expected.FirstOrDefault(), Is.EqualTo(actual[0]), "The table was made by another version of ptxas.");
        Assert.That(actual, Is.EqualTo(expected), $"Budgets have changed; they are now as in {proposal}.");
    }

    private static IEnumerable<(string Name, string Target, string Ptx)> Compile(CudaArchitecture architecture)
    {
        using var compiler = new KernelCompiler(architecture, KernelCompiler.Instructions);
        foreach (var kernel in DeviceKernels.Of(architecture))
        {
            yield return (DeviceKernels.NameOf(kernel), DeviceKernels.TargetOf(architecture, kernel), compiler.Compile(kernel).PTXAssembly);
        }
    }

    private static (string Row, KernelBudget Budget) Measure(PtxAssembler assembler, (string Name, string Target, string Ptx) kernel)
    {
        var budget = assembler.Assemble(kernel.Ptx, kernel.Target);
        return (
            string.Create(
                CultureInfo.InvariantCulture,
                $"{kernel.Name}\t{kernel.Target}\t{budget.Registers}\t{budget.SharedBytes}\t{budget.StackBytes}\t{budget.SpillBytes}\t{budget.Loop}"),
            budget);
    }
}
