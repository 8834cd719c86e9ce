using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Gpu.Kernels.Devices;
using Gpu.Kernels.Inspection;

namespace Gpu.Cli.Laboratory;

/// <summary>What .NET's JIT made of a method.</summary>
/// <param name="Text">Its listing.</param>
/// <param name="Bytes">Of machine code.</param>
/// <param name="StackAccesses">
/// Instructions that load or store a vector register on the stack: values for which registers ran out, and those saved at the method's
/// beginning and end.
/// </param>
internal sealed partial record JitListing(string Text, int Bytes, int StackAccesses)
{
    /// <summary>A command of the program that compiles the kernels named and does nothing else.</summary>
    public const string CompileCommand = "compile";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Lets a new process of this program compile kernels, and reads what its JIT tells.</summary>
    /// <param name="kernels">The kernels.</param>
    /// <param name="environment">What the process has in its environment beside this one's.</param>
    /// <returns>The listing of each, in their order.</returns>
    /// <exception cref="DeviceException">The process failed.</exception>
    public static IReadOnlyList<JitListing> Of(IReadOnlyList<HostKernel> kernels, params (string Name, string Value)[] environment)
    {
        var file = Path.GetTempFileName();
        try
        {
            Run(file, kernels, environment);
            var listings = Listings().Split(File.ReadAllText(file)).Skip(1).ToList();
            return listings.Count == kernels.Count
                ? [.. listings.Select(Read)]
                : throw new DeviceException($"The JIT told of {listings.Count} methods instead of {kernels.Count}.");
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static void Run(string file, IReadOnlyList<HostKernel> kernels, (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo { RedirectStandardOutput = true, RedirectStandardError = true };
        (start.FileName, var first) = Program();
        foreach (var argument in first.Concat(["kernels", CompileCommand]).Concat(kernels.Select(k => k.Name)))
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["DOTNET_JitDisasm"] = string.Join(' ', kernels.Select(k => k.JitName).Distinct());
        start.Environment["DOTNET_JitStdOutFile"] = file;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
        }

        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new DeviceException($"{start.FileName} could not compile: {errors.Result}{output.Result}");
        }
    }

    /// <summary>How this program is started again: by itself, or by .NET with its assembly.</summary>
    private static (string Program, string[] Arguments) Program()
    {
        var name = OperatingSystem.IsWindows() ? "vgg.exe" : "vgg";
        var beside = Path.Combine(AppContext.BaseDirectory, name);
        return Path.GetFileName(Environment.ProcessPath) == name ? (Environment.ProcessPath!, [])
            : File.Exists(beside) ? (beside, [])
            : (Environment.ProcessPath!, [Assembly.GetExecutingAssembly().Location]);
    }

    private static JitListing Read(string text) => new(
        text.Trim(), int.Parse(CodeBytes().Match(text).Groups[1].ValueSpan, CultureInfo.InvariantCulture), StackVectors().Count(text));

    [GeneratedRegex(@"(?=^; Assembly listing for method )", RegexOptions.Multiline)]
    private static partial Regex Listings();

    [GeneratedRegex(@"^; Total bytes of code[:=]? (\d+)", RegexOptions.Multiline)]
    private static partial Regex CodeBytes();

    [GeneratedRegex(@"^.*\b[xyz]mm\d+.*\[[re](sp|bp)\b.*$|^.*\[[re](sp|bp)\b.*\][^;\n]*[xyz]mm\d+.*$", RegexOptions.Multiline)]
    private static partial Regex StackVectors();
}
