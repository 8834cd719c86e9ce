using Gpu.Cli;

namespace Gpu.Tests.Cli;

/// <summary>Runs commands of <c>vgg</c> in this process.</summary>
internal static class VggCommands
{
    /// <summary>Runs one; returns its exit code and what it printed.</summary>
    public static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await VggCommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
