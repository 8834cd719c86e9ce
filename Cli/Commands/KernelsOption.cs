using System.CommandLine;
using Gpu.Kernels.Devices;

namespace Gpu.Cli.Commands;

/// <summary>The option of algorithms from outside.</summary>
internal static class KernelsOption
{
    /// <summary>Makes the option.</summary>
    public static Option<string[]> Create() => new("--kernels")
    {
        Description = "Library with kernels of your own; may be repeated.",
        HelpName = "DLL",
    };

    /// <summary>Loads the libraries named.</summary>
    /// <exception cref="KernelLibraryException">One cannot be used.</exception>
    public static List<IAlgorithmProvider> Read(ParseResult parsed, Option<string[]> option) =>
        [.. (parsed.GetValue(option) ?? []).Distinct().SelectMany(KernelLibrary.Load)];
}
