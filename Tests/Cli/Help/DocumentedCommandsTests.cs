using System.CommandLine.Parsing;
using Gpu.Cli;
using Gpu.Cli.Help;
using NUnit.Framework;

namespace Gpu.Tests.Cli.Help;

/// <summary>
/// Every command line of vgg that a document or a help screen shows is one that vgg takes. Those that are shown with their output are
/// run by .ci/check-docs.sh.
/// </summary>
internal sealed class DocumentedCommandsTests
{
    private const string Program = "vgg ";

    /// <summary>What separates a command line from the explanation behind it.</summary>
    private const string Gap = "  ";

    [Test]
    public void Command_lines_are_taken()
    {
        var root = VggCommandLine.CreateRoot();
        string[] documents = [Path.Combine(TestFiles.Repository, "README.md"), .. Directory.GetFiles(Path.Combine(TestFiles.Repository, "docs"), "*.md")];
        var lines = documents.SelectMany(Blocks)
            .Concat(new CommandPage(root).AllCommands.Append(new CommandPage(root)).SelectMany(p => p.Examples))
            .Select(line => line.TrimStart('$', ' ')).Where(line => line.StartsWith(Program, StringComparison.Ordinal) && !line.Contains("[options]", StringComparison.Ordinal))
            .Distinct().ToList();
        Assert.That(lines, Has.Count.GreaterThan(20));
        Assert.Multiple(() =>
        {
            foreach (var line in lines)
            {
                Assert.That(UsageProblems.Of(root.Parse(Arguments(line))), Is.Empty, line);
            }
        });
    }

    private static IEnumerable<string> Blocks(string document)
    {
        var isInside = false;
        foreach (var line in File.ReadLines(document))
        {
            isInside ^= line.StartsWith("```", StringComparison.Ordinal);
            if (isInside)
            {
                yield return line;
            }
        }
    }

    /// <summary>The words up to a gap, a pipe or a redirection; of alternatives, as in <c>text|json</c>, the first.</summary>
    private static string[] Arguments(string line) =>
    [
        .. CommandLineParser.SplitCommandLine(line[Program.Length..].Split(Gap)[0])
            .TakeWhile(word => word is not ("|" or ">" or "&&")).Select(word => word.Contains(' ', StringComparison.Ordinal) ? word : word.Split('|')[0]),
    ];
}
