using System.CommandLine;

namespace Gpu.Cli.Commands;

/// <summary>The options of all commands.</summary>
internal static class GlobalOptions
{
    private static readonly Option<bool> Quiet = new("--quiet", "-q")
    {
        Description = "Print results and errors only: no notices, no progress.",
        Recursive = true,
    };

    private static readonly Option<bool> NoColor = new("--no-color")
    {
        Description = "Print without colours, as with $NO_COLOR.",
        Recursive = true,
    };

    /// <summary>Adds the options to the root command.</summary>
    public static void AddTo(RootCommand root)
    {
        root.Add(Quiet);
        root.Add(NoColor);
    }

    /// <summary>Whether only results and errors are wanted.</summary>
    public static bool IsQuiet(ParseResult parsed) => parsed.GetValue(Quiet);

    /// <summary>Where what is neither result nor error goes.</summary>
    public static TextWriter Notices(ParseResult parsed) => IsQuiet(parsed) ? TextWriter.Null : parsed.InvocationConfiguration.Error;

    /// <summary>Whether a progress bar does not disturb: nobody asked for quiet, and the results go to a file or a pipe.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="outputFile">The file that receives the results, or null for the standard output.</param>
    public static bool ShowsProgress(ParseResult parsed, string? outputFile) =>
        !IsQuiet(parsed) && (outputFile is not null || Console.IsOutputRedirected);

    /// <summary>Whether colours are refused.</summary>
    public static bool IsColourless(ParseResult parsed) => parsed.GetValue(NoColor);
}
