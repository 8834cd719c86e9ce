using System.Text.Json;
using Gpu.WeightsTools;

namespace Gpu.Tests.WeightsTools;

/// <summary>Runs weights-tools in this process.</summary>
internal static class WeightsCommands
{
    public static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await WeightsCommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>Runs a command that prints JSON and gives the code of its choice.</summary>
    public static async Task<(int Code, JsonElement Root)> RunJson(params string[] arguments)
    {
        var (code, output, error) = await Run([.. arguments, "--json"]);
        return (code, output.Length > 0 ? JsonDocument.Parse(output).RootElement : throw new InvalidOperationException(error));
    }
}
