using System.CommandLine;

namespace Gpu.Cli.Commands;

/// <summary>The option of a file for the results.</summary>
internal static class ResultFileOption
{
    /// <summary>Makes the option.</summary>
    public static Option<string?> Create() =>
        new("--output", "-o") { Description = "Write the results to a file, which appears when they are complete.", HelpName = "FILE" };
}
