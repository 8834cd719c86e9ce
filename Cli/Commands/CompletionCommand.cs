using System.CommandLine;

namespace Gpu.Cli.Commands;

/// <summary><c>vgg completion SHELL</c>: a script by which a shell asks the parser's <c>[suggest]</c> directive what can follow.</summary>
internal static class CompletionCommand
{
    /// <summary>The ends of the scripts' names by shell.</summary>
    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["bash"] = "bash",
        ["zsh"] = "zsh",
        ["fish"] = "fish",
        ["powershell"] = "ps1",
    };

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = $"{string.Join(", ", Scripts.Keys.SkipLast(1))} or {Scripts.Keys.Last()}." };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command = new Command(
            "completion",
            """
            Print a script that completes commands, options and values in a shell. Its first lines say how to load it.

            Examples:
              source <(vgg completion bash)                               in ~/.bashrc
              source <(vgg completion zsh)                                in ~/.zshrc, after compinit
              vgg completion fish > ~/.config/fish/completions/vgg.fish
              vgg completion powershell | Out-String | Invoke-Expression  in $PROFILE
            """)
        {
            shell,
        };
        command.SetAction(parsed =>
        {
            using var script = new StreamReader(
                typeof(CompletionCommand).Assembly.GetManifestResourceStream($"Gpu.Cli.Completion.vgg.{Scripts[parsed.GetValue(shell)!]}")!);
            parsed.InvocationConfiguration.Output.Write(script.ReadToEnd());
            return ExitCode.Success;
        });
        return command;
    }
}
