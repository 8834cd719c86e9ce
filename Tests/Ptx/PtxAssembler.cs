using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Gpu.Tests.Ptx;

/// <summary>What a kernel takes of a multiprocessor, as <c>ptxas</c> assembles it.</summary>
/// <param name="Registers">Registers per thread.</param>
/// <param name="SharedBytes">Static shared memory of a group.</param>
/// <param name="StackBytes">Memory per thread for what has no registers: arrays and what is addressed.</param>
/// <param name="SpillBytes">Bytes stored and loaded because registers ran out.</param>
/// <param name="Loop">Where its arithmetic is done.</param>
internal sealed record KernelBudget(int Registers, int SharedBytes, int StackBytes, int SpillBytes, MainLoop Loop);

/// <summary>NVIDIA's assembler, and its disassembler beside it, fetched by Tests/get-ptxas.sh or found on the PATH.</summary>
internal sealed partial class PtxAssembler
{
    private readonly string path;

    private PtxAssembler(string path)
    {
        this.path = path;
        Version = VersionLine().Match(Run(path, "--version")).Value;
    }

    /// <summary>Its version, such as <c>V12.4.131</c>: budgets of others differ.</summary>
    public string Version { get; }

    /// <summary>Finds it or skips the test.</summary>
    public static PtxAssembler Open()
    {
        var folders = Parents(TestContext.CurrentContext.TestDirectory).Select(f => Path.Combine(f, "artifacts", "cuda"))
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator));
        var path = folders.Select(f => Path.Combine(f, "ptxas")).FirstOrDefault(File.Exists);
        if (path is null || !File.Exists(DisassemblerBeside(path)))
        {
            Assert.Ignore("NVIDIA's assembler ptxas, or nvdisasm beside it, is not here; Tests/get-ptxas.sh fetches them.");
        }

        return new PtxAssembler(path!);
    }

    /// <summary>Assembles a module of one kernel for a target such as <c>sm_90</c>.</summary>
    /// <exception cref="InvalidOperationException">It is refused; the message is the assembler's.</exception>
    public KernelBudget Assemble(string module, string target)
    {
        var (file, code) = (Path.GetTempFileName(), Path.GetTempFileName());
        try
        {
            File.WriteAllText(file, module);
            var report = Run(path, $"--verbose --gpu-name {target} --output-file {code} {file}");
            var loop = MainLoop.Of(Run(DisassemblerBeside(path), $"-c {code}"));
            return new KernelBudget(Number(Registers(), report), Number(Shared(), report), Number(Stack(), report), Number(SpillStores(), report) + Number(SpillLoads(), report), loop);
        }
        finally
        {
            File.Delete(file);
            File.Delete(code);
        }
    }

    private static int Number(Regex pattern, string report) =>
        pattern.Match(report) is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;

    private static IEnumerable<string> Parents(string folder)
    {
        for (var current = new DirectoryInfo(folder); current is not null; current = current.Parent)
        {
            yield return current.FullName;
        }
    }

    private static string DisassemblerBeside(string path) => Path.Combine(Path.GetDirectoryName(path)!, "nvdisasm");

    /// <summary>Runs a tool and returns all that it printed.</summary>
    private static string Run(string path, string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
        process.WaitForExit();
        return process.ExitCode == 0 ? text : throw new InvalidOperationException($"{path} {arguments}: {text}");
    }

    [GeneratedRegex(@"V\d+\.\d+\.\d+")]
    private static partial Regex VersionLine();

    [GeneratedRegex(@"Used (\d+) registers")]
    private static partial Regex Registers();

    [GeneratedRegex(@"(\d+) bytes smem")]
    private static partial Regex Shared();

    [GeneratedRegex(@"(\d+) bytes stack frame")]
    private static partial Regex Stack();

    [GeneratedRegex(@"(\d+) bytes spill stores")]
    private static partial Regex SpillStores();

    [GeneratedRegex(@"(\d+) bytes spill loads")]
    private static partial Regex SpillLoads();
}
