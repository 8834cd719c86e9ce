using System.Diagnostics;
using Gpu.Kernels.Devices;

namespace Gpu.Cli.Laboratory;

/// <summary>NVIDIA's assembler ptxas and its disassembler nvdisasm beside it, of an installed toolkit or fetched by Tests/get-ptxas.sh.</summary>
internal static class CudaAssembler
{
    private const string Assembler = "ptxas";
    private const string Disassembler = "nvdisasm";

    /// <summary>Assembles a module: what the assembler says of registers, memory and spills, and the machine code.</summary>
    /// <param name="ptx">The module.</param>
    /// <param name="architecture">What it is assembled for, such as <c>sm_80</c>.</param>
    /// <exception cref="DeviceException">The tools are not here, or refuse it.</exception>
    public static (string Report, string Code) Assemble(string ptx, string architecture)
    {
        var folder = Folders().FirstOrDefault(f => File.Exists(Path.Combine(f, Assembler)) && File.Exists(Path.Combine(f, Disassembler)))
            ?? throw new DeviceException(
                "NVIDIA's assembler ptxas, with nvdisasm beside it, is not on the PATH nor under $CUDA_PATH; install a CUDA toolkit or run Tests/get-ptxas.sh in a clone.");
        var (module, cubin) = (Path.GetTempFileName(), Path.GetTempFileName());
        try
        {
            File.WriteAllText(module, ptx);
            var report = Run(Path.Combine(folder, Assembler), "--verbose", "--gpu-name", architecture, "--output-file", cubin, module);
            return (report, Run(Path.Combine(folder, Disassembler), "-c", cubin));
        }
        finally
        {
            File.Delete(module);
            File.Delete(cubin);
        }
    }

    private static IEnumerable<string> Folders()
    {
        foreach (var folder in (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            yield return folder;
        }

        foreach (var toolkit in new[] { Environment.GetEnvironmentVariable("CUDA_PATH"), "/usr/local/cuda" }.OfType<string>())
        {
            yield return Path.Combine(toolkit, "bin");
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            yield return Path.Combine(folder.FullName, "artifacts", "cuda");
        }
    }

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
        process.WaitForExit();
        return process.ExitCode == 0 ? text : throw new DeviceException($"{Path.GetFileName(program)} refuses the kernel: {text.Trim()}");
    }
}
