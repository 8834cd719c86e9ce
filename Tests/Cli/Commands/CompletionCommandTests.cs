using System.Diagnostics;
using Gpu.Cli;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Commands;

/// <summary>The scripts in the shells themselves, where they are installed: each is loaded and asked what can follow.</summary>
internal sealed class CompletionCommandTests
{
    private const string Bash = """
        source "$1"
        COMP_LINE=$2 COMP_POINT=${#COMP_LINE} COMP_WORDS=(vgg)
        _vgg
        (( ${#COMPREPLY[@]} == 0 )) || printf '%s\n' "${COMPREPLY[@]}"
        """;

    /// <summary>What zsh's line editor gives to the function, and what it would show, are played.</summary>
    private const string Zsh = """
        compdef() { :; }
        _files() { print -r -- FILES; }
        compadd() { shift; print -rl -- "$@"; }
        source $1
        words=(${(z)2}); [[ $2 == *' ' ]] && words+=('')
        CURRENT=$#words PREFIX=$words[-1]
        _vgg
        """;

    private const string Fish = """
        source $argv[1]
        complete --do-complete $argv[2]
        """;

    private static IEnumerable<TestCaseData> Shells =>
    [
        new("bash", "bash", Bash, Array.Empty<string>()),
        new("zsh", "zsh", Zsh, new[] { "--no-rcs" }),
        new("fish", "fish", Fish, new[] { "--no-config" }),
    ];

    [TestCaseSource(nameof(Shells))]
    public async Task A_shell_completes_commands_options_and_values(string shell, string program, string play, string[] options)
    {
        var script = await WriteScript(shell);

        // A test is not skipped from within several assertions.
        Run(program, ["--version"]);
        Assert.Multiple(() =>
        {
            Assert.That(Complete("vgg clas"), Is.EqualTo(new[] { "classify" }));
            Assert.That(Complete("vgg classify photo.jpg --prec"), Is.EqualTo(new[] { "--precision" }));
            Assert.That(Complete("vgg inspect --format "), Is.SupersetOf(new[] { "csv", "json", "markdown", "text" }));
            Assert.That(Complete("vgg bench --network vgg_1"), Is.EqualTo(new[] { "vgg_16", "vgg_19" }));
            Assert.That(Complete("vgg bench --device "), Is.SupersetOf(new[] { "auto", "cpu", "simulator" }));
            Assert.That(Complete("vgg redact photo.jpg --class sunf"), Is.EqualTo(new[] { "sunflower" }), "a class of the bundled network");
            Assert.That(Complete("vgg redact photo.jpg --weights vgg_16.ckpt --class flami"), Is.EqualTo(new[] { "flamingo" }), "a class of ImageNet");
            Assert.That(Complete("vgg bench comp"), Is.EqualTo(new[] { "compare" }));
            Assert.That(Complete("vgg kernels sass MaxPool"), Is.EqualTo(new[] { "MaxPoolKernel.Kernel" }));
            Assert.That(Complete("vgg completion z"), Is.EqualTo(new[] { "zsh" }));
            Assert.That(Complete("vgg devices "), Has.None.StartsWith("-"), "options are not in the way of files");
        });

        IReadOnlyList<string> Complete(string line) => [.. Run(program, [.. options, "-c", play, .. program == "fish" ? Array.Empty<string>() : ["play"], script, line])
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(reply => reply.Split('\t')[0])];
    }

    [Test]
    public async Task Bash_completes_behind_a_colon_what_readline_has_not()
    {
        var reply = await File.ReadAllTextAsync(await WriteScript("bash"));
        var play = """
            eval "$1"
            fake() { printf 'cuda:0\ncuda:1\ncpu\n'; }
            COMP_WORDBREAKS=' :=' COMP_LINE='vgg bench --device cuda:' COMP_POINT=${#COMP_LINE} COMP_WORDS=(fake)
            _vgg
            printf '%s\n' "${COMPREPLY[@]}"
            """;
        Assert.That(Run("bash", ["-c", play, "play", reply]), Is.EqualTo("0\n1\n"));
    }

    [TestCase("bash")]
    [TestCase("zsh")]
    [TestCase("fish")]
    [TestCase("powershell")]
    public async Task A_script_says_how_to_load_it(string shell)
    {
        var (code, output, error) = await VggCommands.Run("completion", shell);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(ExitCode.Success), error);
            Assert.That(output, Does.Match($@"(?m)^# Completion of vgg in .*Load it.*vgg completion {shell}"));
        });
    }

    [Test]
    public async Task A_question_is_answered_whatever_is_wrong_with_the_line()
    {
        var (code, output, _) = await VggCommands.Run("[suggest:26]", "classify --nonsense --form");
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(ExitCode.Success));
            Assert.That(output.Trim(), Is.EqualTo("--format"));
        });
    }

    private static async Task<string> WriteScript(string shell)
    {
        var file = Path.Combine(TestFiles.OutputFolder(), $"vgg.{shell}");
        await File.WriteAllTextAsync(file, (await VggCommands.Run("completion", shell)).Output);
        return file;
    }

    /// <summary>Runs a shell in which <c>vgg</c> is the one that is tested.</summary>
    private static string Run(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = $"{TestContext.CurrentContext.TestDirectory}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["XDG_CACHE_HOME"] = Path.Combine(TestContext.CurrentContext.TestDirectory, "no", "weights", "fetched");
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        try
        {
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.That(error.Result, Is.Empty);
            return output;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore($"{program} is not installed.");
            return string.Empty;
        }
    }
}
