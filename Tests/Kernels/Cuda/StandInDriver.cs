using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Gpu.Tests.Kernels.Cuda;

/// <summary>
/// Runs <c>vgg</c> in a process of its own with Tests/Data/cuda/libcuda.c in the place of NVIDIA's driver, which records the calls.
/// What the host does with a driver shows so on any machine; what kernels compute does not.
/// </summary>
internal sealed class StandInDriver
{
    private static readonly Lazy<StandInDriver?> Complete = new(() => Compile("complete"));

    private readonly string folder;

    private StandInDriver(string folder) => this.folder = folder;

    /// <summary>The functions that the driver has.</summary>
    public static IEnumerable<string> Functions =>
        File.ReadLines(TestFiles.Data("cuda", "libcuda.c")).Select(l => Regex.Match(l, @"^int (cu\w+)\(")).Where(m => m.Success).Select(m => m.Groups[1].Value);

    /// <summary>The driver with all its functions, or skips the test.</summary>
    public static StandInDriver Open() => Complete.Value ?? Skip();

    /// <summary>A driver that lacks a function, as one that is too old does, or skips the test.</summary>
    public static StandInDriver Without(string function) => Compile($"without-{function}", $"-D{function}={function}_of_a_later_driver") ?? Skip();

    /// <summary>Runs <c>vgg</c> on <c>cuda:0</c>.</summary>
    /// <param name="arguments">Command and options but the device.</param>
    /// <param name="fail">A function of the driver that fails, and <c>:n</c> from which call on.</param>
    /// <param name="memoryBytes">Memory that the device has.</param>
    /// <param name="reads">
    /// Copies to the host that the arguments lead to: each but the last is done only when another is queued beside it. If null they are done at once.
    /// </param>
    public StandInRun Run(string[] arguments, string? fail = null, long memoryBytes = 1L << 30, int? reads = null)
    {
        var record = Path.GetTempFileName();
        var start = new ProcessStartInfo(Path.Combine(TestContext.CurrentContext.TestDirectory, "vgg"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])[.. arguments, "--device", "cuda:0"])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["LD_LIBRARY_PATH"] = folder;
        start.Environment["STUB_RECORD"] = record;
        start.Environment["STUB_FAIL"] = fail ?? "";
        start.Environment["STUB_MEMORY"] = memoryBytes.ToString(CultureInfo.InvariantCulture);
        if (reads is { } count)
        {
            start.Environment["STUB_READS"] = count.ToString(CultureInfo.InvariantCulture);
        }

        try
        {
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return new StandInRun(process.ExitCode, output, error.GetAwaiter().GetResult(), [.. File.ReadLines(record).Select(DriverCall.Parse)]);
        }
        finally
        {
            File.Delete(record);
        }
    }

    private static StandInDriver Skip()
    {
        Assert.Ignore("The driver's stand-in is compiled with gcc on Linux, which is not here.");
        throw new UnreachableException();
    }

    /// <summary>Compiles the driver; null where that is not possible.</summary>
    private static StandInDriver? Compile(string name, params string[] options)
    {
        var compiler = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(f => Path.Combine(f, "gcc")).FirstOrDefault(File.Exists);
        if (compiler is null || !OperatingSystem.IsLinux())
        {
            return null;
        }

        var folder = Directory.CreateDirectory(Path.Combine(TestContext.CurrentContext.WorkDirectory, "output", "stand-in-driver", name)).FullName;
        using var process = Process.Start(
            compiler,
            ["-O1", "-shared", "-fPIC", .. options, "-Wl,-soname,libcuda.so.1", "-o", Path.Combine(folder, "libcuda.so.1"), TestFiles.Data("cuda", "libcuda.c")]);
        process.WaitForExit();
        return process.ExitCode == 0 ? new StandInDriver(folder) : throw new InvalidOperationException("Tests/Data/cuda/libcuda.c does not compile.");
    }
}

/// <summary>A call of the driver.</summary>
/// <param name="Name">Function.</param>
/// <param name="Numbers">Sizes and counts, as Tests/Data/cuda/libcuda.c writes them.</param>
internal sealed record DriverCall(string Name, IReadOnlyList<ulong> Numbers)
{
    /// <summary>Reads a line of the record.</summary>
    public static DriverCall Parse(string line)
    {
        var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new DriverCall(parts[0], [.. parts.Skip(1).Select(p => ulong.Parse(p, CultureInfo.InvariantCulture))]);
    }
}

/// <summary>What a process did.</summary>
internal sealed record StandInRun(int ExitCode, string Output, string Error, IReadOnlyList<DriverCall> Calls)
{
    private static readonly (string Make, string Release)[] Pairs =
    [
        ("cuCtxCreate_v2", "cuCtxDestroy_v2"),
        ("cuEventCreate", "cuEventDestroy_v2"),
        ("cuMemAlloc_v2", "cuMemFree_v2"),
        ("cuMemHostAlloc", "cuMemFreeHost"),
        ("cuStreamBeginCapture_v2", "cuStreamEndCapture"),
        ("cuGraphInstantiateWithFlags", "cuGraphExecDestroy"),
    ];

    /// <summary>Calls of one function.</summary>
    public int Count(string name) => Calls.Count(c => c.Name == name);

    /// <summary>What was made and not given back, or given back too often, with both counts. Streams and modules end with their context.</summary>
    /// <param name="failed">A function that fails: what it did not give back is no leak.</param>
    public IReadOnlyList<string> Unbalanced(string? failed = null) =>
    [
        .. from pair in Pairs
           let made = Count(pair.Make) - Count($"failed:{pair.Make}")
           where pair.Release != failed && made != Count(pair.Release)
           select $"{pair.Make} {made}, {pair.Release} {Count(pair.Release)}",
    ];
}
