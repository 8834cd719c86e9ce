using System.CommandLine;
using Gpu.Cli;
using Gpu.Cli.Help;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Help;

/// <summary>docs/cli.md and docs/vgg.1 are what the commands say. After a change copy the file that the failing test names over them.</summary>
internal sealed class GeneratedDocumentsTests
{
    private static IEnumerable<TestCaseData> Documents =>
    [
        new TestCaseData("cli.md", (Action<TextWriter, RootCommand>)CommandReference.Write).SetArgDisplayNames("cli.md"),
        new TestCaseData("vgg.1", (Action<TextWriter, RootCommand>)ManualPage.Write).SetArgDisplayNames("vgg.1"),
    ];

    [TestCaseSource(nameof(Documents))]
    public void The_document_is_what_the_commands_say(string name, Action<TextWriter, RootCommand> write)
    {
        using var text = new StringWriter { NewLine = "\n" };
        write(text, VggCommandLine.CreateRoot());
        var proposal = Path.Combine(TestFiles.OutputFolder(), name);
        File.WriteAllText(proposal, text.ToString());
        var document = Path.Combine(TestFiles.Repository, "docs", name);
        Assert.That(
            File.Exists(document) ? File.ReadAllText(document).ReplaceLineEndings("\n") : string.Empty,
            Is.EqualTo(text.ToString()), $"The commands have changed; docs/{name} should be as {proposal}.");
    }

    [Test]
    public void Every_command_and_option_is_in_both()
    {
        var root = VggCommandLine.CreateRoot();
        var reference = File.ReadAllText(Path.Combine(TestFiles.Repository, "docs", "cli.md"));
        var manual = File.ReadAllText(Path.Combine(TestFiles.Repository, "docs", "vgg.1"));
        Assert.Multiple(() =>
        {
            foreach (var command in root.Subcommands.Where(c => !c.Hidden))
            {
                Assert.That(reference, Does.Contain($"\n## vgg {command.Name}\n"));
                Assert.That(manual, Does.Match($@"\n\.SS vgg {command.Name}\b"));
                foreach (var option in command.Options.Concat(root.Options).Where(o => !o.Hidden))
                {
                    Assert.That(reference, Does.Contain(option.Name));
                    Assert.That(manual, Does.Contain(option.Name.Replace("-", "\\-", StringComparison.Ordinal)));
                }
            }
        });
    }
}
