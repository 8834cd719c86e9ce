using System.CommandLine;
using Gpu.Cli.Rendering;

namespace Gpu.Cli.Commands;

/// <summary><c>vgg version</c></summary>
internal static class VersionCommand
{
    public static Command Create()
    {
        var format = FormatOption.Create(OutputFormat.Text, OutputFormat.Json);
        var command = new Command(
            "version",
            """
            Tell what a bug report needs: version and commit, runtime, machine and devices.

            Examples:
              vgg version
              vgg version --format json
            """)
        {
            format,
        };
        command.SetAction(parsed =>
        {
            VersionWriter.Write(parsed.GetValue(format), parsed.InvocationConfiguration.Output);
            return ExitCode.Success;
        });
        return command;
    }
}
