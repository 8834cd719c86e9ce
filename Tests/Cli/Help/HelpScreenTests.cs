using Gpu.Cli;
using Gpu.Cli.Help;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Help;

/// <summary>The help of every command that is registered.</summary>
internal sealed class HelpScreenTests
{
    private const int Lines = 48;

    private const int Columns = 100;

    private static IEnumerable<string[]> Commands =>
        new CommandPage(VggCommandLine.CreateRoot()).AllCommands.Select(c => c.Name.Split(' ')[1..]).Prepend([]);

    [TestCaseSource(nameof(Commands))]
    public async Task A_page_fits_a_screen_and_shows_examples(params string[] command)
    {
        var (code, output, error) = await VggCommands.Run([.. command, "--help"]);
        var lines = output.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(ExitCode.Success), error);
            Assert.That(error, Is.Empty);
            Assert.That(lines, Has.Length.LessThanOrEqualTo(Lines));
            Assert.That(lines, Has.All.Length.LessThanOrEqualTo(Columns));
            Assert.That(lines, Has.Some.StartsWith("Usage: vgg"));
            Assert.That(lines, Has.Some.EqualTo("Examples:"));
            Assert.That(lines, Has.Some.Match(string.Join(' ', command.Prepend("^  vgg"))));
        });
    }

    [Test]
    public async Task The_first_page_lists_every_command_in_a_line_or_two()
    {
        var (_, output, _) = await VggCommands.Run("-h");
        Assert.Multiple(() =>
        {
            foreach (var command in VggCommandLine.CreateRoot().Subcommands)
            {
                Assert.That(output, command.Hidden ? Does.Not.Contain($"\n  {command.Name} ") : Does.Contain($"\n  {command.Name} "));
            }
        });
    }

    [Test]
    public async Task Values_and_defaults_are_shown_as_they_are_written()
    {
        var (_, output, _) = await VggCommands.Run("inspect", "--help");
        Assert.Multiple(() =>
        {
            Assert.That(output, Does.Contain("Usage: vgg inspect [CHECKPOINT] [options]"));
            Assert.That(output, Does.Match(@"--format .*json").And.Contain("[default: text]").And.Contain("--size N|HxW"));
        });
    }
}
